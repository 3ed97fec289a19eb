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

func optional(kind schema.ValueType) *schema.Schema {
	return &schema.Schema{Type: kind, Optional: true}
}

func withDefault(kind schema.ValueType, value any) *schema.Schema {
	return &schema.Schema{Type: kind, Optional: true, Default: value}
}

func optionalComputed(kind schema.ValueType) *schema.Schema {
	return &schema.Schema{Type: kind, Optional: true, Computed: true}
}

func stringMap() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func blocks(fields map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: fields}}
}

// block is a list of one block at most.
func block(fields map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{Schema: fields}}
}

// withNames adds the two ways to a name: itself, or what it begins with.
func withNames(s map[string]*schema.Schema, maxLength int) map[string]*schema.Schema {
	s["name"] = nameInstead("name_prefix", validName(maxLength))
	s["name_prefix"] = nameInstead("name", validName(maxLength-id.UniqueIDSuffixLength))
	return s
}

func nameInstead(of string, valid schema.SchemaValidateFunc) *schema.Schema {
	s := forceNew(validated(optionalComputed(schema.TypeString), valid))
	s.ConflictsWith = []string{of}
	return s
}

var nameCharacters = regexp.MustCompile(`^[\w+=,.@-]*$`)

func validName(maxLength int) schema.SchemaValidateFunc {
	return validation.All(
		validation.StringLenBetween(1, maxLength),
		validation.StringMatch(nameCharacters, `must match [\w+=,.@-]`),
	)
}

func forceNew(s *schema.Schema) *schema.Schema {
	s.ForceNew = true
	return s
}

func required() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Required: true}
}

func computed(kind schema.ValueType) *schema.Schema {
	return &schema.Schema{Type: kind, Computed: true}
}

// texts adds attributes that AWS computes, each a text.
func texts(fields map[string]*schema.Schema, names ...string) map[string]*schema.Schema {
	for _, name := range names {
		fields[name] = computed(schema.TypeString)
	}
	return fields
}

func setOf(validate schema.SchemaValidateFunc) *schema.Schema {
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Schema{Type: schema.TypeString, ValidateFunc: validate}}
}

func requiredSet() *schema.Schema {
	s := setOf(nil)
	s.Optional, s.Required = false, true
	return s
}

// alsoComputed is for what a program may leave to AWS.
func alsoComputed(s *schema.Schema) *schema.Schema {
	s.Computed = true
	return s
}

func validated(s *schema.Schema, validate schema.SchemaValidateFunc) *schema.Schema {
	s.ValidateFunc = validate
	return s
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
	parsed, err := arn.Parse(value)
	if err != nil {
		wrong("%w", err)
		return nil, errs
	}
	if parsed.Partition == "" {
		wrong("missing partition value")
	} else if !partitionFormat.MatchString(parsed.Partition) {
		wrong("invalid partition value (expecting to match regular expression: %s)", partitionFormat)
	}
	if parsed.Region != "" && !regionFormat.MatchString(parsed.Region) {
		wrong("invalid region value (expecting to match regular expression: %s)", regionFormat)
	}
	if parsed.AccountID != "" && !accountFormat.MatchString(parsed.AccountID) {
		wrong("invalid account ID value (expecting to match regular expression: %s)", accountFormat)
	}
	if parsed.Resource == "" {
		wrong("missing resource value")
	}
	return nil, errs
}
