// What the schemas are made of: types of attributes, rules for them, names, ARNs.
package main

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

type attributes = map[string]*schema.Schema

// The types of attributes. A map and a set hold texts.
var (
	aBool   = attribute(schema.TypeBool)
	anInt   = attribute(schema.TypeInt)
	aString = attribute(schema.TypeString)
	aMap    = attribute(schema.TypeMap)
	aSet    = attribute(schema.TypeSet)
)

func attribute(kind schema.ValueType) func(rules ...rule) *schema.Schema {
	return func(rules ...rule) *schema.Schema {
		s := &schema.Schema{Type: kind}
		switch kind {
		case schema.TypeMap, schema.TypeSet:
			s.Elem = &schema.Schema{Type: schema.TypeString}
		}
		for _, rule := range rules {
			rule(s)
		}
		return s
	}
}

func blocks(fields attributes, rules ...rule) *schema.Schema {
	s := aSet(rules...)
	s.Elem = &schema.Resource{Schema: fields}
	return s
}

// block is a list of one block at most.
func block(fields attributes) *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{Schema: fields}}
}

// rule is what else holds for an attribute. With `optional` and `computed`, AWS chooses a value if the program gives none.
type rule func(*schema.Schema)

func required(s *schema.Schema)  { s.Required = true }
func optional(s *schema.Schema)  { s.Optional = true }
func computed(s *schema.Schema)  { s.Computed = true }
func forceNew(s *schema.Schema)  { s.ForceNew = true }
func sensitive(s *schema.Schema) { s.Sensitive = true }

func withDefault(value any) rule {
	return func(s *schema.Schema) { s.Optional, s.Default = true, value }
}

func validated(validate schema.SchemaValidateFunc) rule {
	return func(s *schema.Schema) { s.ValidateFunc = validate }
}

// eachOf validates the elements of a set.
func eachOf(validate schema.SchemaValidateFunc) rule {
	return func(s *schema.Schema) { validated(validate)(s.Elem.(*schema.Schema)) }
}

// oneOf allows these values. The first argument is the default.
func oneOf(standard string, all ...string) rule {
	return func(s *schema.Schema) {
		s.Optional, s.Default, s.ValidateFunc = true, standard, validation.StringInSlice(all, false)
	}
}

// texts adds computed strings.
func texts(fields attributes, names ...string) attributes {
	for _, name := range names {
		fields[name] = aString(computed)
	}
	return fields
}

// aName is the name of something in IAM.
func aName(maxLength int) *schema.Schema {
	return aString(optional, computed, forceNew, validated(validName(maxLength)))
}

var nameCharacters = regexp.MustCompile(`^[\w+=,.@-]*$`)

func validName(maxLength int) schema.SchemaValidateFunc {
	return validation.All(
		validation.StringLenBetween(1, maxLength),
		validation.StringMatch(nameCharacters, `must match [\w+=,.@-]`),
	)
}

// validARN takes an empty text, too.
func validARN(v any, key string) ([]string, []error) {
	if parsed, err := arn.Parse(v.(string)); v != "" && (err != nil || parsed.Partition == "" || parsed.Resource == "") {
		return nil, []error{fmt.Errorf("%q (%s) is an invalid ARN", key, v)}
	}
	return nil, nil
}
