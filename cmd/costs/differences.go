package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"torii/stack/settings"
)

// differences is a table of the settings that stacks do not share, with their defaults
// filled in, and of what each stack costs in all.
func differences(stacks []costed) (string, error) {
	head, chosen, paths := []string{"setting"}, []map[string]string{}, map[string]bool{}
	for _, each := range stacks {
		loaded, problems := settings.Load(each.config)
		if err := problems.Err(); err != nil {
			return "", fmt.Errorf("reading stack %s: %w", each.name, err)
		}
		flat := map[string]string{}
		flatten(flat, "", reflect.ValueOf(loaded))
		for path := range flat {
			paths[path] = true
		}
		head, chosen = append(head, each.name), append(chosen, flat)
	}
	rows := [][]string{head}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		row := []string{"`" + path + "`"}
		for _, each := range chosen {
			row = append(row, each[path])
		}
		if len(slices.Compact(slices.Clone(row[1:]))) > 1 {
			rows = append(rows, row)
		}
	}
	total := []string{"**a month, in " + stacks[0].bill.Currency + "**"}
	for _, each := range stacks {
		total = append(total, bold(each.bill.Total))
	}
	return strings.TrimRight(table(append(rows, total)), "\n"), nil
}

// flatten writes every setting under its path, as a stack file calls it.
func flatten(flat map[string]string, path string, value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			flatten(flat, path, value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			field := value.Type().Field(i)
			name, isSetting := field.Tag.Lookup("setting")
			switch {
			case isSetting:
				flatten(flat, join(path, name), value.Field(i))
			case field.Type.Kind() == reflect.Pointer: // a workload's kind, whose settings are the workload's
				flatten(flat, path, value.Field(i))
			}
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			flatten(flat, join(path, key.String()), value.MapIndex(key))
		}
	default:
		flat[path] = show(value)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// show writes a value as a cell: nothing as a dash, lists with commas.
func show(value reflect.Value) string {
	if value.Kind() == reflect.Slice {
		var entries []string
		for i := range value.Len() {
			entries = append(entries, fmt.Sprint(value.Index(i).Interface()))
		}
		if entries == nil {
			return "–"
		}
		return strings.Join(entries, ", ")
	}
	if value.IsZero() && value.Kind() == reflect.String {
		return "–"
	}
	return fmt.Sprint(value.Interface())
}
