// What the schemas are made of: types of attributes, rules for them, names, ARNs.
package main

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

type attributes = map[string]*schema.Schema

// The types of attributes. A map, a set and a list hold texts.
var (
	aBool   = attribute(schema.TypeBool)
	anInt   = attribute(schema.TypeInt)
	aString = attribute(schema.TypeString)
	aMap    = attribute(schema.TypeMap)
	aSet    = attribute(schema.TypeSet)
	aList   = attribute(schema.TypeList)
)

func attribute(kind schema.ValueType) func(rules ...rule) *schema.Schema {
	return func(rules ...rule) *schema.Schema {
		s := &schema.Schema{Type: kind}
		switch kind {
		case schema.TypeMap, schema.TypeSet, schema.TypeList:
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

// withNames adds IAM's `name` and `name_prefix`.
func withNames(fields attributes, maxLength int) attributes {
	fields["name"] = nameInstead("name_prefix", validName(maxLength))
	fields["name_prefix"] = nameInstead("name", validName(maxLength-id.UniqueIDSuffixLength))
	return fields
}

func nameInstead(of string, valid schema.SchemaValidateFunc) *schema.Schema {
	conflicting := func(s *schema.Schema) { s.ConflictsWith = []string{of} }
	return aString(optional, computed, forceNew, validated(valid), conflicting)
}

var nameCharacters = regexp.MustCompile(`^[\w+=,.@-]*$`)

func validName(maxLength int) schema.SchemaValidateFunc {
	return validation.All(
		validation.StringLenBetween(1, maxLength),
		validation.StringMatch(nameCharacters, `must match [\w+=,.@-]`),
	)
}

var (
	partitionFormat = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	regionFormat    = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$`)
	accountFormat   = regexp.MustCompile(`^(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})$`)
)

// validARN has the words of "ValidARNCheck" in the real "internal/verify/validate.go".
func validARN(v any, key string) (_ []string, errs []error) {
	value := v.(string)
	if value == "" {
		return nil, nil
	}
	wrong := func(format string, values ...any) {
		errs = append(errs, fmt.Errorf("%q (%s) is an invalid ARN: "+format, append([]any{key, value}, values...)...))
	}
	part := func(name, value string, format *regexp.Regexp) {
		if value != "" && !format.MatchString(value) {
			wrong("invalid %s value (expecting to match regular expression: %s)", name, format)
		}
	}
	parsed, err := arn.Parse(value)
	if err != nil {
		wrong("%w", err)
		return nil, errs
	}
	if parsed.Partition == "" {
		wrong("missing partition value")
	}
	part("partition", parsed.Partition, partitionFormat)
	part("region", parsed.Region, regionFormat)
	part("account ID", parsed.AccountID, accountFormat)
	if parsed.Resource == "" {
		wrong("missing resource value")
	}
	return nil, errs
}
