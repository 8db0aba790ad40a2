package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// A packageSchema is the part of a Pulumi package schema that is compared.
type packageSchema struct {
	Resources map[string]resourceSchema `json:"resources"`
	Functions map[string]functionSchema `json:"functions"`
	Types     map[string]objectSchema   `json:"types"`
}

type resourceSchema struct {
	InputProperties map[string]typeSchema `json:"inputProperties"`
	RequiredInputs  []string              `json:"requiredInputs"`
	Properties      map[string]typeSchema `json:"properties"`
}

type functionSchema struct {
	Inputs  objectSchema `json:"inputs"`
	Outputs objectSchema `json:"outputs"`
}

type objectSchema struct {
	Properties map[string]typeSchema `json:"properties"`
	Required   []string              `json:"required"`
}

type typeSchema struct {
	Type                 string       `json:"type"`
	Ref                  string       `json:"$ref"`
	Items                *typeSchema  `json:"items"`
	AdditionalProperties *typeSchema  `json:"additionalProperties"`
	OneOf                []typeSchema `json:"oneOf"`
}

func readSchema(file string) (packageSchema, error) {
	var s packageSchema
	data, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("reading the schema: %w", err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("decoding the schema: %w", err)
	}
	return s, nil
}

// lacks returns those of the tokens that are neither a resource nor a function of the schema.
func (s packageSchema) lacks(tokens []string) []string {
	var absent []string
	for _, tok := range tokens {
		_, resource := s.Resources[tok]
		_, function := s.Functions[tok]
		if !resource && !function {
			absent = append(absent, tok)
		}
	}
	return absent
}
