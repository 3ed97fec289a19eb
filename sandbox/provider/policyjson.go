// Policy documents: when two mean the same, what is sent to AWS, and what is refused before a call.
package main

import (
	"encoding/json"
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
	s := aString(append(rules, validated(validPolicy))...)
	s.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool { return equivalent(before, after) }
	s.DiffSuppressOnRefresh = true
	s.StateFunc = func(v any) string {
		normalized, _ := normalizePolicy(v.(string))
		return normalized
	}
	return s
}

func equivalent(before, after string) bool {
	if strings.TrimSpace(before) == "" || strings.TrimSpace(after) == "" {
		return strings.TrimSpace(before) == strings.TrimSpace(after)
	}
	same, err := awspolicy.PoliciesAreEquivalent(before, after)
	return err == nil && same
}

// normalizePolicy removes white space and sorts the keys, except that the version comes first, as people and AWS write it.
func normalizePolicy(document string) (string, error) {
	normalized, err := structure.NormalizeJsonString(document)
	if err != nil || normalized == "" {
		return normalized, err
	}
	var members map[string]json.RawMessage
	err = json.Unmarshal([]byte(normalized), &members)
	version, found := members["Version"]
	if err != nil || !found || len(members) == 1 {
		return normalized, err
	}
	delete(members, "Version")
	rest, err := json.Marshal(members)
	return fmt.Sprintf(`{"Version":%s,%s`, version, rest[1:]), err
}

// document is an attribute's document as AWS gets it.
func (o op) document(attribute string) string {
	return must(normalizePolicy(o.Get(attribute).(string)))
}

// documentRead keeps the text in the state if AWS's document means the same. AWS sends it URL-encoded.
func (o op) documentRead(attribute string, encoded any) string {
	document := must(url.QueryUnescape(text(encoded)))
	if current := o.Get(attribute).(string); equivalent(current, document) {
		document = current
	}
	return must(normalizePolicy(document))
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
