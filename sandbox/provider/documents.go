// Policy documents: when two mean the same, what is sent to AWS, and what is refused before a call.
package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	basevalidation "github.com/hashicorp/aws-sdk-go-base/v2/validation"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/structure"

	awspolicy "github.com/hashicorp/awspolicyequivalence"
)

func aPolicy(rules ...rule) *schema.Schema {
	s := aString(append([]rule{sorted, validated(validPolicy)}, rules...)...)
	s.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool { return equivalent(before, after) }
	s.DiffSuppressOnRefresh = true
	return s
}

// sorted is what AWS and the state get: the document without white space, its keys sorted.
func sorted(s *schema.Schema) {
	s.StateFunc = func(v any) string {
		normalized, _ := structure.NormalizeJsonString(v)
		return normalized
	}
}

// versionFirst moves the version to the front, if it is the current one, as the real provider does for inline policies of a role alone.
func versionFirst(s *schema.Schema) {
	before := s.StateFunc
	s.StateFunc = func(v any) string {
		const version = `"Version":"2012-10-17"`
		if rest, found := strings.CutSuffix(before(v), ","+version+"}"); found {
			return "{" + version + "," + rest[1:] + "}"
		}
		return before(v)
	}
}

func equivalent(before, after string) bool {
	if strings.TrimSpace(before) == "" || strings.TrimSpace(after) == "" {
		return strings.TrimSpace(before) == strings.TrimSpace(after)
	}
	same, err := awspolicy.PoliciesAreEquivalent(before, after)
	return err == nil && same
}

// document is an attribute's document as AWS gets it.
func (o op) document(attribute string) string {
	return o.normalized(attribute, o.Get(attribute).(string))
}

// documentRead keeps the text in the state if AWS's document means the same. AWS sends it URL-encoded.
func (o op) documentRead(attribute string, encoded any) string {
	document := must(url.QueryUnescape(text(encoded)))
	if current := o.Get(attribute).(string); equivalent(current, document) {
		document = current
	}
	return o.normalized(attribute, document)
}

func (o op) normalized(attribute, document string) string {
	return o.kind.fields[attribute].StateFunc(document)
}

func validPolicy(v any, key string) ([]string, []error) {
	if err := checkPolicy(v.(string)); err != nil {
		return nil, []error{fmt.Errorf("%q contains an invalid JSON policy: %w", key, err)}
	}
	return nil, nil
}

// checkPolicy leaves the limit of length to AWS.
func checkPolicy(document string) error {
	if !strings.HasPrefix(document, "{") {
		return errors.New("not a JSON object")
	}
	if _, err := structure.NormalizeJsonString(document); err != nil {
		return err
	}
	if err := basevalidation.JSONNoDuplicateKeys(document); err != nil {
		return fmt.Errorf("duplicate JSON keys: %w", err)
	}
	return nil
}
