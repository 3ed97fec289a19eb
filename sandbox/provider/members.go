// From the attributes of a schema to the members of AWS's requests and answers, and back. The names are the same, except for `_`, upper
// and lower case, and what a kind's `names` lists. A block is a record, a set of blocks is a list of records.
package main

import (
	"errors"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// names has the API's name of an attribute, if it is another word.
type names map[string]string

func (n names) of(attribute string) string {
	if name, other := n[attribute]; other {
		return name
	}
	return strings.ReplaceAll(attribute, "_", "")
}

// given has those of the attributes that are not empty, as members of a request.
func (o op) given(attributes ...string) record {
	values := record{}
	for _, name := range attributes {
		values[name] = o.Get(name)
	}
	return o.kind.names.toAPI(values).(record)
}

func (n names) toAPI(value any) any {
	switch v := value.(type) {
	case *schema.Set:
		var result []any
		for _, each := range v.List() {
			result = append(result, n.toAPI(each))
		}
		return result
	case []any:
		if len(v) == 0 {
			return nil
		}
		return n.toAPI(v[0])
	case map[string]any:
		result := record{}
		for name, each := range v {
			if each = n.toAPI(each); each != nil && !reflect.ValueOf(each).IsZero() {
				result[n.of(name)] = each
			}
		}
		return result
	}
	return value
}

// state has the attributes that are in an answer, and the Region.
func (o op) state(answer record) map[string]any {
	values := o.kind.names.fromAPI(o.kind.fields, answer)
	if o.kind.regional {
		values["region"] = o.region()
	}
	return values
}

func (n names) fromAPI(fields attributes, answer record) map[string]any {
	result := map[string]any{}
	for attribute, field := range fields {
		for name, value := range answer {
			if strings.EqualFold(name, n.of(attribute)) {
				result[attribute] = n.value(field, value)
			}
		}
	}
	return result
}

func (n names) value(field *schema.Schema, value any) any {
	block, nested := field.Elem.(*schema.Resource)
	if !nested {
		return value
	}
	if one, single := value.(record); single {
		return []any{n.fromAPI(block.Schema, one)}
	}
	var result []any
	for _, each := range records(value) {
		result = append(result, n.fromAPI(block.Schema, each))
	}
	return result
}

// setAll stores values in the state. The SDK checks their types: a mistake in a kind is an error, not a lost value.
func setAll(d *schema.ResourceData, values map[string]any) error {
	var result []error
	for name, value := range values {
		result = append(result, d.Set(name, value))
	}
	return errors.Join(result...)
}

func toStringMap(value any) map[string]string {
	result := map[string]string{}
	values, _ := value.(map[string]any)
	for key, v := range values {
		result[key] = text(v)
	}
	return result
}

// toStrings takes a set or a list.
func toStrings(texts any) (result []string) {
	if set, unordered := texts.(*schema.Set); unordered {
		texts = set.List()
	}
	for _, v := range texts.([]any) {
		result = append(result, v.(string))
	}
	return result
}

// name is the program's name, or the one that the bridge makes.
func (o op) name() string {
	if o.kind.named == "" {
		return ""
	}
	return text(o.Get(o.kind.named))
}
