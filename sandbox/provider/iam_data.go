// The IAM data sources that look: a role, and a policy document written from statements.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"net/url"
	"sort"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func dataRole() *schema.Resource {
	used := texts(map[string]*schema.Schema{}, "last_used_date", "region")
	return source{title: "IAM Role", read: lookUpRole, fields: texts(map[string]*schema.Schema{
		"max_session_duration": computed(schema.TypeInt),
		"name":                 required(),
		"role_last_used":       {Type: schema.TypeList, Computed: true, Elem: &schema.Resource{Schema: used}},
		"tags":                 {Type: schema.TypeMap, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
	}, "arn", "assume_role_policy", "create_date", "description", "path", "permissions_boundary", "unique_id")}.resource()
}

func lookUpRole(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	name := d.Get("name").(string)
	output, err := c.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name)})
	if err != nil {
		return name, nil, err
	}
	trust, err := url.QueryUnescape(aws.ToString(output.Role.AssumeRolePolicyDocument))
	values := roleValues(output.Role)
	values["assume_role_policy"], values["tags"] = trust, iamTagMap(output.Role.Tags)
	if used := output.Role.RoleLastUsed; used != nil && used.LastUsedDate != nil {
		values["role_last_used"] = []any{map[string]any{
			"last_used_date": rfc3339(used.LastUsedDate), "region": aws.ToString(used.Region),
		}}
	}
	return name, values, err
}

func dataPolicyDocument() *schema.Resource {
	statement := map[string]*schema.Schema{
		"sid":           optional(schema.TypeString),
		"effect":        validated(withDefault(schema.TypeString, "Allow"), validation.StringInSlice([]string{"Allow", "Deny"}, false)),
		"actions":       stringSet(),
		"not_actions":   stringSet(),
		"resources":     stringSet(),
		"not_resources": stringSet(),
		"principals":    blocks(map[string]*schema.Schema{"type": required(), "identifiers": stringSet()}),
		"condition": blocks(map[string]*schema.Schema{
			"test": required(), "variable": required(),
			"values": {Type: schema.TypeList, Required: true, Elem: &schema.Schema{Type: schema.TypeString}},
		}),
	}
	return source{title: "IAM Policy Document", read: writePolicyDocument, fields: map[string]*schema.Schema{
		"json":          computed(schema.TypeString),
		"minified_json": computed(schema.TypeString),
		"policy_id":     optional(schema.TypeString),
		"statement":     {Type: schema.TypeList, Optional: true, Elem: &schema.Resource{Schema: statement}},
		"version":       validated(withDefault(schema.TypeString, "2012-10-17"), validation.StringInSlice([]string{"2008-10-17", "2012-10-17"}, false)),
	}}.resource()
}

type policyDocument struct {
	Version   string            `json:",omitempty"`
	ID        string            `json:"Id,omitempty"`
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

func writePolicyDocument(_ context.Context, d *schema.ResourceData, _ *awsClient) (string, map[string]any, error) {
	document := policyDocument{Version: d.Get("version").(string), ID: d.Get("policy_id").(string)}
	for _, block := range d.Get("statement").([]any) {
		document.Statement = append(document.Statement, statementOf(block.(map[string]any)))
	}
	pretty, prettyErr := json.MarshalIndent(document, "", "  ")
	minified, minifiedErr := json.Marshal(document)
	id := strconv.Itoa(int(crc32.ChecksumIEEE(pretty)))
	return id, map[string]any{"json": string(pretty), "minified_json": string(minified)}, errors.Join(prettyErr, minifiedErr)
}

func statementOf(block map[string]any) policyStatement {
	result := policyStatement{
		Sid: block["sid"].(string), Effect: block["effect"].(string),
		Action: oneOrMany(toStrings(block["actions"])), NotAction: oneOrMany(toStrings(block["not_actions"])),
		Resource: oneOrMany(toStrings(block["resources"])), NotResource: oneOrMany(toStrings(block["not_resources"])),
	}
	for _, raw := range block["principals"].(*schema.Set).List() {
		principal := raw.(map[string]any)
		if result.Principal == nil {
			result.Principal = map[string]any{}
		}
		result.Principal[principal["type"].(string)] = oneOrMany(toStrings(principal["identifiers"]))
	}
	for _, raw := range block["condition"].(*schema.Set).List() {
		condition, values := raw.(map[string]any), []string{}
		for _, value := range condition["values"].([]any) {
			values = append(values, value.(string))
		}
		test := condition["test"].(string)
		if result.Condition == nil {
			result.Condition = map[string]map[string]any{}
		}
		if result.Condition[test] == nil {
			result.Condition[test] = map[string]any{}
		}
		result.Condition[test][condition["variable"].(string)] = oneOrMany(values)
	}
	return result
}

// oneOrMany writes one value as a string and several as a list in falling order, which is what the real data source does.
func oneOrMany(values []string) any {
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	sort.Sort(sort.Reverse(sort.StringSlice(values)))
	return values
}
