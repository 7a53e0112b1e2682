package mcp

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the longest text from the books that is passed on, in characters.
const maxText = 300

// An opaque text is ours, and passed on as it is.
type opaque string

// cleanAll cleans every text inside of what a pointer points to, names of maps
// too: what comes from the books was written by others.
func cleanAll(pointer any) { cleanValue(reflect.ValueOf(pointer).Elem()) }

func cleanValue(v reflect.Value) {
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			cleanValue(v.Field(i))
		}
		return
	}
	if !v.CanSet() { // it is not exported, and stays here
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.Type() != reflect.TypeFor[opaque]() {
			v.SetString(clean(v.String(), maxText))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem()) // the old one may be shared
			fresh.Elem().Set(v.Elem())
			cleanValue(fresh.Elem())
			v.Set(fresh)
		}
	case reflect.Slice:
		for i := range v.Len() {
			cleanValue(v.Index(i))
		}
	case reflect.Map:
		fresh := reflect.MakeMap(v.Type())
		for entries := v.MapRange(); entries.Next(); {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.Set(entries.Key())
			value.Set(entries.Value())
			cleanValue(key)
			cleanValue(value)
			fresh.SetMapIndex(key, value)
		}
		v.Set(fresh)
	}
}

// clean takes out what could steer a terminal or hide in a text, such as control
// characters and changes of direction, and cuts what is too long.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
