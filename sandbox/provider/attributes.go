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

// state has the attributes that an answer says something of, and the Region that it came from.
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

// toStrings has the texts of a set or of a list.
func toStrings(texts any) (result []string) {
	if set, unordered := texts.(*schema.Set); unordered {
		texts = set.List()
	}
	for _, v := range texts.([]any) {
		result = append(result, v.(string))
	}
	return result
}

// name is the name given, or one made from the prefix given. The bridge gives a name where a program gives neither.
func (o op) name() string {
	attribute := o.kind.named
	if attribute == "" {
		return ""
	}
	name, beginning := text(o.Get(attribute)), text(o.Get(attribute+"_prefix"))
	if beginning != "" && name == "" {
		return id.PrefixedUniqueId(beginning)
	}
	return name
}

var uniqueSuffix = regexp.MustCompile(`\d{18}[0-9a-f]{8}$`)

// prefixOf is the prefix that a name was made from, or nothing.
func prefixOf(name string) string {
	if !uniqueSuffix.MatchString(name) {
		return ""
	}
	return uniqueSuffix.ReplaceAllString(name, "")
}
