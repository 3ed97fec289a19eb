// The schemas that several resources share: kinds of attributes, names with their rules, ARNs.
package main

import (
	"errors"
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

func stringMap() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func nameSchema(maxLength int) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeString, Optional: true, Computed: true, ForceNew: true,
		ConflictsWith: []string{"name_prefix"}, ValidateFunc: validName(maxLength),
	}
}

func namePrefixSchema(maxLength int) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeString, Optional: true, Computed: true, ForceNew: true,
		ConflictsWith: []string{"name"}, ValidateFunc: validName(maxLength - id.UniqueIDSuffixLength),
	}
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

func computedBlocks(fields map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Computed: true, Elem: &schema.Resource{Schema: fields}}
}

func stringSet() *schema.Schema {
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
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

func validARN(v any, key string) ([]string, []error) {
	value := v.(string)
	if value == "" {
		return nil, nil
	}
	parsed, err := arn.Parse(value)
	switch {
	case err != nil:
	case !partitionFormat.MatchString(parsed.Partition):
		err = fmt.Errorf("invalid partition value (expecting to match regular expression: %s)", partitionFormat)
	case parsed.Region != "" && !regionFormat.MatchString(parsed.Region):
		err = fmt.Errorf("invalid region value (expecting to match regular expression: %s)", regionFormat)
	case parsed.AccountID != "" && !accountFormat.MatchString(parsed.AccountID):
		err = fmt.Errorf("invalid account ID value (expecting to match regular expression: %s)", accountFormat)
	case parsed.Resource == "":
		err = errors.New("missing resource value")
	}
	if err != nil {
		return nil, []error{fmt.Errorf("%q (%s) is an invalid ARN: %w", key, value, err)}
	}
	return nil, nil
}
