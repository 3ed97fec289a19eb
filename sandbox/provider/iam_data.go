// The IAM data sources that look: a role, roles, an instance profile; and a policy document written from statements.
package main

import (
	"encoding/json"
	"hash/crc32"
	"regexp"
	"sort"
	"strconv"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func dataRole() *schema.Resource {
	return source{
		title: "IAM Role", names: roleNames, gone: []string{noSuchEntity},
		fields: texts(map[string]*schema.Schema{
			"max_session_duration": computed(schema.TypeInt),
			"name":                 required(),
			"tags":                 {Type: schema.TypeMap, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		}, "arn", "assume_role_policy", "create_date", "description", "path", "permissions_boundary", "unique_id"),
		read: func(o op) (string, record, error) {
			role, err := readableRole(o, o.given("name"))
			tags := map[string]any{}
			for key, value := range (tagging{key: "Key", value: "Value"}).read(role["Tags"]) {
				tags[key] = value
			}
			return o.Get("name").(string), join(role, record{"Tags": tags}), err
		},
	}.resource()
}

func dataRoles() *schema.Resource {
	list, texts := "iam:ListRoles", setOf(nil)
	texts.Optional, texts.Computed = false, true
	return source{title: "IAM roles", fields: map[string]*schema.Schema{
		"arns":        texts,
		"name_regex":  validated(optional(schema.TypeString), validation.StringIsValidRegExp),
		"names":       texts,
		"path_prefix": optional(schema.TypeString),
	}, read: func(o op) (string, record, error) {
		pattern, err := regexp.Compile(o.Get("name_regex").(string))
		if err != nil {
			return "", nil, err
		}
		roles, err := o.all(list, o.given("path_prefix"), "Roles")
		arns, names := []string{}, []string{}
		for _, role := range roles {
			if name := text(role["RoleName"]); pattern.MatchString(name) {
				arns, names = append(arns, text(role["Arn"])), append(names, name)
			}
		}
		return "-", record{"arns": arns, "names": names}, err
	}}.resource()
}

func dataInstanceProfile() *schema.Resource {
	get := found("iam:GetInstanceProfile", "name", "InstanceProfile", "InstanceProfileId")
	return source{
		title: "IAM Instance Profile", names: names{"name": "InstanceProfileName"}, gone: []string{noSuchEntity},
		fields: texts(map[string]*schema.Schema{"name": required()}, "arn", "create_date", "path", "role_arn", "role_id", "role_name"),
		read: func(o op) (string, record, error) {
			id, profile, err := get(o)
			for _, role := range records(profile["Roles"]) {
				profile = join(profile, record{"RoleArn": role["Arn"], "RoleId": role["RoleId"], "RoleName": role["RoleName"]})
			}
			return id, profile, err
		},
	}.resource()
}

func dataPolicyDocument() *schema.Resource {
	effect, version := []string{"Allow", "Deny"}, []string{"2008-10-17", "2012-10-17"}
	statement := map[string]*schema.Schema{
		"sid":           optional(schema.TypeString),
		"effect":        validated(withDefault(schema.TypeString, "Allow"), validation.StringInSlice(effect, false)),
		"actions":       setOf(nil),
		"not_actions":   setOf(nil),
		"resources":     setOf(nil),
		"not_resources": setOf(nil),
		"principals":    blocks(map[string]*schema.Schema{"type": required(), "identifiers": requiredSet()}),
		"condition": blocks(map[string]*schema.Schema{
			"test": required(), "variable": required(),
			"values": {Type: schema.TypeList, Required: true, Elem: &schema.Schema{Type: schema.TypeString}},
		}),
	}
	return source{title: "IAM Policy Document", read: writePolicyDocument, fields: map[string]*schema.Schema{
		"json":      computed(schema.TypeString),
		"statement": {Type: schema.TypeList, Optional: true, Elem: &schema.Resource{Schema: statement}},
		"version":   validated(withDefault(schema.TypeString, "2012-10-17"), validation.StringInSlice(version, false)),
	}}.resource()
}

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

func writePolicyDocument(o op) (string, record, error) {
	document := policyDocument{Version: o.Get("version").(string)}
	for _, block := range o.Get("statement").([]any) {
		document.Statement = append(document.Statement, statementOf(block.(map[string]any)))
	}
	pretty, err := json.MarshalIndent(document, "", "  ")
	return strconv.Itoa(int(crc32.ChecksumIEEE(pretty))), record{"json": string(pretty)}, err
}

func statementOf(block map[string]any) policyStatement {
	result := policyStatement{
		Sid: block["sid"].(string), Effect: block["effect"].(string),
		Action: oneOrMany(toStrings(block["actions"])), NotAction: oneOrMany(toStrings(block["not_actions"])),
		Resource: oneOrMany(toStrings(block["resources"])), NotResource: oneOrMany(toStrings(block["not_resources"])),
		Principal: map[string]any{}, Condition: map[string]map[string]any{},
	}
	for _, raw := range block["principals"].(*schema.Set).List() {
		principal := raw.(map[string]any)
		result.Principal[principal["type"].(string)] = oneOrMany(toStrings(principal["identifiers"]))
	}
	for _, raw := range block["condition"].(*schema.Set).List() {
		condition, values := raw.(map[string]any), []string{}
		for _, value := range condition["values"].([]any) {
			values = append(values, value.(string))
		}
		test := condition["test"].(string)
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
