// The data source aws.iam.getPolicyDocument: a policy document written from statements. Its lists are sets, so they are
// in another order than the real plugin's.
package main

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

var getPolicyDocument = kind{
	title: "IAM Policy Document",
	fields: attributes{
		"json":      aString(computed),
		"statement": {Type: schema.TypeList, Optional: true, Elem: &schema.Resource{Schema: statementFields}},
		"version":   aString(oneOf("2012-10-17", "2008-10-17", "2012-10-17")),
	},
	names: names{
		"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
		"principals": "Principal", "condition": "Condition",
	},
	read: func(o op) record {
		var statements []record
		for _, block := range o.Get("statement").([]any) {
			statements = append(statements, statementOf(o.kind.names.toAPI(block).(record)))
		}
		document := record{"Version": o.Get("version")}
		if statements != nil {
			document["Statement"] = statements
		}
		return record{"json": string(must(json.MarshalIndent(document, "", "  ")))}
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
	"condition":     blocks(attributes{"test": aString(required), "variable": aString(required), "values": aSet(required)}, optional),
}

// statementOf turns the lists of principals and conditions into IAM's maps. One action or resource is a string.
func statementOf(statement record) record {
	principals, conditions := record{}, record{}
	for _, each := range records(statement["Principal"]) {
		principals[text(each["type"])] = each["identifiers"]
	}
	for _, each := range records(statement["Condition"]) {
		test := text(each["test"])
		conditions[test] = join(member(conditions, test), record{text(each["variable"]): each["values"]})
	}
	if len(principals) > 0 {
		statement["Principal"] = principals
	}
	if len(conditions) > 0 {
		statement["Condition"] = conditions
	}
	for element, value := range statement {
		if texts, several := value.([]any); several && len(texts) == 1 {
			statement[element] = texts[0]
		}
	}
	return statement
}
