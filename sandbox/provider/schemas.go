// The schemas that several resources share: kinds of attributes, names with their rules, ARNs.
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

// rule is what holds for an attribute, beside its type.
type rule func(*schema.Schema)

func required(s *schema.Schema)  { s.Required = true }
func optional(s *schema.Schema)  { s.Optional = true }
func computed(s *schema.Schema)  { s.Computed = true } // after `optional`, for what a program may leave to AWS
func forceNew(s *schema.Schema)  { s.ForceNew = true }
func sensitive(s *schema.Schema) { s.Sensitive = true }

func withDefault(value any) rule {
	return func(s *schema.Schema) { s.Optional, s.Default = true, value }
}

func validated(validate schema.SchemaValidateFunc) rule {
	return func(s *schema.Schema) { s.ValidateFunc = validate }
}

// eachOf is for a set.
func eachOf(validate schema.SchemaValidateFunc) rule {
	return func(s *schema.Schema) { validated(validate)(s.Elem.(*schema.Schema)) }
}

// oneOf is a default, and all values that there may be.
func oneOf(standard string, all ...string) rule {
	return func(s *schema.Schema) {
		s.Optional, s.Default, s.ValidateFunc = true, standard, validation.StringInSlice(all, false)
	}
}

func attribute(kind schema.ValueType, elem any, rules []rule) *schema.Schema {
	s := &schema.Schema{Type: kind, Elem: elem}
	for _, rule := range rules {
		rule(s)
	}
	return s
}

func aBool(rules ...rule) *schema.Schema {
	return attribute(schema.TypeBool, nil, rules)
}

func anInt(rules ...rule) *schema.Schema {
	return attribute(schema.TypeInt, nil, rules)
}

func aString(rules ...rule) *schema.Schema {
	return attribute(schema.TypeString, nil, rules)
}

func aMap(rules ...rule) *schema.Schema {
	return attribute(schema.TypeMap, aString(), rules)
}

func aSet(rules ...rule) *schema.Schema {
	return attribute(schema.TypeSet, aString(), rules)
}

func aList(rules ...rule) *schema.Schema {
	return attribute(schema.TypeList, aString(), rules)
}

func blocks(fields attributes, rules ...rule) *schema.Schema {
	return attribute(schema.TypeSet, &schema.Resource{Schema: fields}, rules)
}

// block is a list of one block at most.
func block(fields attributes) *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{Schema: fields}}
}

// texts adds attributes that AWS computes, each a text.
func texts(fields attributes, names ...string) attributes {
	for _, name := range names {
		fields[name] = aString(computed)
	}
	return fields
}

// withNames adds the two ways to an IAM name: itself, or what it begins with.
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

// validARN says what "ValidARNCheck" of the real "internal/verify/validate.go" says.
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
