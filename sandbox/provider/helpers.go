// Small things that several resources share: conversions, names, and which errors mean "not there".
package main

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func toStringMap(value any) map[string]string {
	result := map[string]string{}
	values, _ := value.(map[string]any)
	for key, v := range values {
		result[key], _ = v.(string)
	}
	return result
}

func toStrings(set any) []string {
	var result []string
	for _, v := range set.(*schema.Set).List() {
		result = append(result, v.(string))
	}
	return result
}

// paginator is any list of AWS's that comes in pages.
type paginator[Page, Options any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Options)) (Page, error)
}

func eachPage[Page, Options any](ctx context.Context, pages paginator[Page, Options], do func(Page)) error {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		do(page)
	}
	return nil
}

// isError says whether AWS answered with one of these error codes.
func isError(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// noSuchEntity is IAM's code for what is not there.
const noSuchEntity = "NoSuchEntity"

// setAll stores values in state; the SDK checks their types, so that a mistake here is an error and not a lost value.
func setAll(d *schema.ResourceData, values map[string]any) error {
	var result []error
	for name, value := range values {
		result = append(result, d.Set(name, value))
	}
	return errors.Join(result...)
}

// chosenName is the name given, or one made from the prefix given, or one of Terraform's own.
func chosenName(d *schema.ResourceData) string {
	if name := d.Get("name").(string); name != "" {
		return name
	}
	if prefix := d.Get("name_prefix").(string); prefix != "" {
		return id.PrefixedUniqueId(prefix)
	}
	return id.UniqueId()
}

var uniqueSuffix = regexp.MustCompile(`\d{18}[0-9a-f]{8}$`)

// prefixOf is the prefix that a name was made from, or nothing.
func prefixOf(name string) string {
	suffix := uniqueSuffix.FindString(name)
	if suffix == "" {
		return ""
	}
	return strings.TrimSuffix(name, suffix)
}

func nonEmpty(value any) *string {
	if text := value.(string); text != "" {
		return &text
	}
	return nil
}

func rfc3339(moment *time.Time) string {
	if moment == nil {
		return ""
	}
	return moment.Format(time.RFC3339)
}
