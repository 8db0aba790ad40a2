package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// parse reads the JSON text that Pulumi hands a program for a structured setting.
// Numbers stay text until their field says what they must be, so that 1.5 is never
// cut down to 1.
func parse(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return value, nil
}

// decodeInto fills target, which holds the defaults, with what raw says, and
// reports every key that target does not know and every value of a wrong type.
func decodeInto(ps *Problems, path string, raw any, target any) {
	if raw == nil {
		return // a key without a value asks for the defaults
	}
	given, ok := raw.(map[string]any)
	if !ok {
		ps.refuse(path, quoted(raw), "is not allowed; give a map of settings")
		return
	}
	known := keysOf(target)
	given = maps.Clone(given)
	maps.DeleteFunc(given, func(key string, value any) bool { return value == nil && slices.Contains(known, key) })
	// Here and not by the decoder, which forgets them once a value is of a wrong type.
	for _, key := range sortedKeys(given) {
		if !slices.Contains(known, key) {
			ps.missing(path+"."+key, "is not a setting; choose "+list(known))
		}
	}
	if outer, ok := target.(hasEntries); ok {
		outer.decodeEntries(ps, path, given)
	}
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:     target,
		TagName:    "setting",
		ZeroFields: true, // a list or map that is given replaces its default, it is not merged into it
		MatchName:  func(key, field string) bool { return key == field },
		DecodeHook: numbersAreNotText,
	})
	if err != nil {
		ps.missing(path, fmt.Sprintf("cannot be read: %v", err))
		return
	}
	if err := decoder.Decode(given); err != nil {
		for _, each := range flatten(err) {
			ps.decodeProblem(path, given, each)
		}
	}
}

// hasEntries is what holds settings of its own in a map, such as a workload's people. It reads them itself, so that an
// unknown setting of theirs is named too, and takes them out of what is given.
type hasEntries interface {
	decodeEntries(ps *Problems, path string, given map[string]any)
}

// decodeProblem words one of the decoder's errors.
func (ps *Problems) decodeProblem(path string, raw any, err error) {
	var decodeError *mapstructure.DecodeError
	if !errors.As(err, &decodeError) {
		ps.missing(path, err.Error())
		return
	}
	field := strings.TrimPrefix(decodeError.Name(), ".")
	want := "something else"
	var unconvertible *mapstructure.UnconvertibleTypeError
	var unparsable *mapstructure.ParseError
	var wrong *wrongTypeError
	switch {
	case errors.As(err, &wrong):
		want = wrong.want
	case errors.As(err, &unconvertible):
		want = typeName(unconvertible.Expected.Type())
	case errors.As(err, &unparsable):
		want = typeName(unparsable.Expected.Type())
	}
	ps.refuse(path+"."+field, quoted(find(raw, field)), "is not allowed; give %s", want)
}

// wrongTypeError says what a field wants.
type wrongTypeError struct{ want string }

func (e *wrongTypeError) Error() string { return "want " + e.want }

// numbersAreNotText keeps numbers out of text fields and fractions out of whole
// numbers: json.Number is a string to reflection and would pass.
func numbersAreNotText(from, to reflect.Type, data any) (any, error) {
	number, isNumber := data.(json.Number)
	switch {
	case isNumber && to.Kind() == reflect.Int:
		if _, err := number.Int64(); err != nil {
			return nil, &wrongTypeError{typeName(to)}
		}
	case isNumber && to.Kind() == reflect.Float64:
	case isNumber, from.Kind() != to.Kind() && (from.Kind() == reflect.Slice || from.Kind() == reflect.Map):
		// A struct is filled from a map; everything else must be what it looks like.
		if to.Kind() != reflect.Struct {
			return nil, &wrongTypeError{typeName(to)}
		}
	case to.Kind() == reflect.Slice && from.Kind() != reflect.Slice:
		// The decoder would make a list of one of it.
		return nil, &wrongTypeError{typeName(to)}
	}
	return data, nil
}

// typeName says in words what a field takes.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text, in quotes where it looks like a number"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "a map"
	default:
		return "a " + t.Kind().String()
	}
}

// flatten returns the single errors inside a joined one.
func flatten(err error) []error {
	switch wrapped := err.(type) { //nolint:errorlint // this is the unwrapping
	case *mapstructure.DecodeError:
		return []error{err}
	case interface{ Unwrap() []error }:
		var all []error
		for _, each := range wrapped.Unwrap() {
			all = append(all, flatten(each)...)
		}
		return all
	case interface{ Unwrap() error }:
		return flatten(wrapped.Unwrap())
	}
	return []error{err}
}

// find returns the value at a decoder's path, such as zones[1] or environment[A].
func find(raw any, path string) any {
	name, index, indexed := strings.Cut(path, "[")
	values, ok := raw.(map[string]any)
	if !ok {
		return raw
	}
	value := values[name]
	if !indexed {
		return value
	}
	index = strings.TrimSuffix(index, "]")
	switch inner := value.(type) {
	case []any:
		var i int
		if _, err := fmt.Sscan(index, &i); err == nil && i < len(inner) {
			return inner[i]
		}
	case map[string]any:
		return inner[index]
	}
	return value
}

// keysOf lists the setting names of a struct, in their order.
func keysOf(target any) []string {
	t := reflect.TypeOf(target).Elem()
	keys := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("setting"))
	}
	return keys
}
