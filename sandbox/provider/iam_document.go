// The data source aws.iam.getPolicyDocument: a policy document written from statements.
package main

import (
	"encoding/json"
	"hash/crc32"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

var getPolicyDocument = kind{
	title: "IAM Policy Document",
	fields: attributes{
		"json":      aString(computed),
		"statement": {Type: schema.TypeList, Optional: true, Elem: &schema.Resource{Schema: statementFields}},
		"version":   aString(oneOf("2012-10-17", "2008-10-17", "2012-10-17")),
	},
	read: func(o op) record {
		document := policyDocument{Version: o.Get("version").(string)}
		for _, block := range o.Get("statement").([]any) {
			document.Statement = append(document.Statement, statementOf(block.(map[string]any)))
		}
		pretty := must(json.MarshalIndent(document, "", "  "))
		o.SetId(strconv.Itoa(int(crc32.ChecksumIEEE(pretty))))
		return record{"json": string(pretty)}
	},
}

var statementFields = attributes{
	"sid":           aString(optional),
	"effect":        aString(oneOf("Allow", "Allow", "Deny")),
	"actions":       aSet(optional),
	"not_actions":   aSet(optional),
	"resources":     aSet(optional),
	"not_resources": aSet(optional),
	"principals":    blocks(attributes{"type": aString(required), "identifiers": aSet(required)}, optional),
	"condition": blocks(attributes{
		"test": aString(required), "variable": aString(required),
		"values": aList(required),
	}, optional),
}

// policyDocument writes its members in the real data source's order.
type policyDocument struct {
	Version   string            `json:",omitempty"`
	Statement []policyStatement `json:",omitempty"`
}

type policyStatement struct {
	Sid         string                    `json:",omitempty"`
	Effect      string                    `json:",omitempty"`
	Action      any                       `json:",omitempty"`
	NotAction   any                       `json:",omitempty"`
	Resource    any                       `json:",omitempty"`
	NotResource any                       `json:",omitempty"`
	Principal   map[string]any            `json:",omitempty"`
	Condition   map[string]map[string]any `json:",omitempty"`
}

func statementOf(block map[string]any) policyStatement {
	result := policyStatement{
		Sid:         block["sid"].(string),
		Effect:      block["effect"].(string),
		Action:      oneOrMany(block["actions"]),
		NotAction:   oneOrMany(block["not_actions"]),
		Resource:    oneOrMany(block["resources"]),
		NotResource: oneOrMany(block["not_resources"]),
		Principal:   map[string]any{},
		Condition:   map[string]map[string]any{},
	}
	for _, each := range block["principals"].(*schema.Set).List() {
		principal := each.(map[string]any)
		result.Principal[principal["type"].(string)] = oneOrMany(principal["identifiers"])
	}
	for _, each := range block["condition"].(*schema.Set).List() {
		condition := each.(map[string]any)
		test := condition["test"].(string)
		if result.Condition[test] == nil {
			result.Condition[test] = map[string]any{}
		}
		result.Condition[test][condition["variable"].(string)] = oneOrMany(condition["values"])
	}
	return result
}

// oneOrMany writes one value as a string, and several as a list in descending order, as the real data source does.
func oneOrMany(texts any) any {
	values := toStrings(texts)
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	slices.Sort(values)
	slices.Reverse(values)
	return values
}
