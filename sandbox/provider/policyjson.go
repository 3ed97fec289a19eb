// Policy documents: when two say the same, what is sent to AWS, and what is refused before it is sent.
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

func policySchema() *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeString, Required: true,
		ValidateFunc:          validPolicy,
		DiffSuppressFunc:      suppressEquivalent,
		DiffSuppressOnRefresh: true,
		StateFunc: func(v any) string {
			normalized, _ := normalizePolicy(v.(string))
			return normalized
		},
	}
}

func suppressEquivalent(_, before, after string, _ *schema.ResourceData) bool {
	return equivalent(before, after)
}

func equivalent(before, after string) bool {
	if strings.TrimSpace(before) == "" || strings.TrimSpace(after) == "" {
		return strings.TrimSpace(before) == strings.TrimSpace(after)
	}
	same, err := awspolicy.PoliciesAreEquivalent(before, after)
	return err == nil && same
}

// normalizePolicy writes a document without white space, with sorted keys but the version first, as people and AWS write it.
func normalizePolicy(document string) (string, error) {
	normalized, err := structure.NormalizeJsonString(document)
	if err != nil || normalized == "" {
		return normalized, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(normalized), &members); err != nil {
		return "", err
	}
	version, found := members["Version"]
	if !found || len(members) == 1 {
		return normalized, nil
	}
	delete(members, "Version")
	rest, err := json.Marshal(members)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`{"Version":%s,%s`, version, rest[1:]), nil
}

// policyForState keeps the text that is in state as long as AWS's document, which it sends URL-encoded, means the same.
func policyForState(current, encoded string) (string, error) {
	document, err := url.QueryUnescape(encoded)
	if err != nil {
		return "", err
	}
	if equivalent(current, document) {
		return normalizePolicy(current)
	}
	return normalizePolicy(document)
}

func validPolicy(v any, key string) ([]string, []error) {
	if err := checkPolicy(v.(string)); err != nil {
		return nil, []error{fmt.Errorf("%q contains an invalid JSON policy: %w", key, err)}
	}
	return nil, nil
}

// checkPolicy has no limit of length: AWS has.
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
