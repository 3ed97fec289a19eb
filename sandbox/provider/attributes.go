// Between the attributes of a schema and the members of AWS's requests and answers: the one's names are the other's, but for `_`,
// upper and lower case, and what `names` has. A block is a record, a set of blocks a list of them.
package main

import (
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// names has what AWS's API calls an attribute, where that is another word.
type names map[string]string

func (n names) of(attribute string) string {
	if name, other := n[attribute]; other {
		return name
	}
	return strings.ReplaceAll(attribute, "_", "")
}

// given has those of these attributes that are not empty, as AWS's API wants them.
func (o op) given(attributes ...string) record {
	values := record{}
	for _, name := range attributes {
		values[name] = o.Get(name)
	}
	return o.names.toAPI(values).(record)
}

func (n names) toAPI(value any) any {
	switch v := value.(type) {
	case *schema.Set:
		return n.list(v.List())
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

func (n names) list(values []any) (result []any) {
	for _, value := range values {
		result = append(result, n.toAPI(value))
	}
	return result
}

// fromAPI has the attributes that an answer says something of.
func (n names) fromAPI(fields map[string]*schema.Schema, answer record) map[string]any {
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
	switch v := value.(type) {
	case record:
		if nested {
			return []any{n.fromAPI(block.Schema, v)}
		}
	case []any:
		if nested {
			var result []any
			for _, each := range records(v) {
				result = append(result, n.fromAPI(block.Schema, each))
			}
			return result
		}
	}
	return value
}

// setAll stores values in state; the SDK checks their types, so that a mistake here is an error and not a lost value.
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

func toStrings(set any) (result []string) {
	for _, v := range set.(*schema.Set).List() {
		result = append(result, v.(string))
	}
	return result
}

// chosenName is the name given, or one made from the prefix given, or one of Terraform's own.
func (o op) chosenName(attribute, prefix string) string {
	if name := o.Get(attribute).(string); name != "" {
		return name
	}
	if beginning := o.Get(prefix).(string); beginning != "" {
		return id.PrefixedUniqueId(beginning)
	}
	return id.UniqueId()
}

var uniqueSuffix = regexp.MustCompile(`\d{18}[0-9a-f]{8}$`)

// prefixOf is the prefix that a name was made from, or nothing.
func prefixOf(name string) string {
	if !uniqueSuffix.MatchString(name) {
		return ""
	}
	return uniqueSuffix.ReplaceAllString(name, "")
}
