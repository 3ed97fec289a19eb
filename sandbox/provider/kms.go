// KMS: aws.kms.Key, aws.kms.Alias, and the data source that reads a key by id, alias or ARN.
package main

import (
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const aliasPrefix = "alias/"

var (
	noSuchKey    = []string{"NotFoundException"}
	aliasFormat  = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)
	keyIDFormat  = regexp.MustCompile(`^(arn:[^:]+:kms:[^:]+:\d{12}:(key/|alias/)[a-zA-Z0-9/_-]+|alias/[a-zA-Z0-9/_-]+|(mrk-)?[a-zA-Z0-9-]+)$`)
	validKeyName = validation.StringMatch(aliasFormat, `must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]`)
)

func keyOf(o op) record {
	return record{"KeyId": o.Id()}
}

func keyPolicyOf(o op) record {
	return record{"KeyId": o.Id(), "PolicyName": "default"}
}

func resourceKey() *schema.Resource {
	policy := policySchema()
	policy.Required, policy.Optional, policy.Computed = false, true, true
	tags := &tagging{
		resource: keyOf, list: "kms:ListResourceTags", key: "TagKey", value: "TagValue",
		write: "kms:TagResource", remove: "kms:UntagResource",
	}
	return kind{
		title: "KMS Key",
		gone:  noSuchKey,
		tags:  tags,
		fields: withTags(texts(map[string]*schema.Schema{
			"deletion_window_in_days": validated(optional(schema.TypeInt), validation.IntBetween(7, 30)),
			"description":             optionalComputed(schema.TypeString),
			"enable_key_rotation":     withDefault(schema.TypeBool, false),
			"multi_region":            forceNew(optionalComputed(schema.TypeBool)),
			"policy":                  policy,
		}, "arn", "key_id")),
		names: names{"deletion_window_in_days": "PendingWindowInDays", "enable_key_rotation": "KeyRotationEnabled"},
		create: func(o op) (string, error) {
			answer, err := o.ask("kms:CreateKey", join(o.given("description", "multi_region", "policy"), tags.new(o)))
			if err != nil {
				return "", err
			}
			o.SetId(text(member(answer, "KeyMetadata")["KeyId"]))
			if o.Get("enable_key_rotation").(bool) {
				err = setRotation(o)
			}
			return o.Id(), err
		},
		read: readKey,
		changes: []change{
			{[]string{"description"}, func(o op) error {
				return o.do("kms:UpdateKeyDescription", join(keyOf(o), record{"Description": o.Get("description")}))
			}},
			{[]string{"policy"}, sending("kms:PutKeyPolicy", keyPolicyOf, "policy")},
			{[]string{"enable_key_rotation"}, setRotation},
		},
		remove: sending("kms:ScheduleKeyDeletion", keyOf, "deletion_window_in_days"),
	}.resource()
}

func setRotation(o op) error {
	if o.Get("enable_key_rotation").(bool) {
		return o.do("kms:EnableKeyRotation", keyOf(o))
	}
	return o.do("kms:DisableKeyRotation", keyOf(o))
}

func readKey(o op) (record, error) {
	answer, err := o.ask("kms:DescribeKey", keyOf(o))
	key := member(answer, "KeyMetadata")
	if err != nil || key["DeletionDate"] != nil {
		return nil, err
	}
	policy, err := o.ask("kms:GetKeyPolicy", keyPolicyOf(o))
	if err != nil {
		return nil, err
	}
	rotation, err := o.ask("kms:GetKeyRotationStatus", keyOf(o))
	if err != nil {
		return nil, err
	}
	tags, err := o.ask("kms:ListResourceTags", keyOf(o))
	if err != nil {
		return nil, err
	}
	document, err := policyForState(o.Get("policy").(string), text(policy["Policy"]))
	return join(rotation, tags, key, record{"Policy": document}), err
}

func resourceAlias() *schema.Resource {
	target := required()
	target.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool { return keyIDOf(before) == keyIDOf(after) }
	alias := func(o op) record { return record{"AliasName": o.Id()} }
	return kind{
		title: "KMS Alias",
		gone:  noSuchKey,
		fields: texts(map[string]*schema.Schema{
			"name":          nameInstead("name_prefix", validKeyName),
			"name_prefix":   nameInstead("name", validKeyName),
			"target_key_id": target,
		}, "arn", "target_key_arn"),
		names: names{"arn": "AliasArn", "name": "AliasName"},
		create: func(o op) (string, error) {
			name := aliasName(o.chosenName("name", "name_prefix"))
			return name, o.do("kms:CreateAlias", join(record{"AliasName": name}, o.given("target_key_id")))
		},
		read:    readAlias,
		changes: []change{{[]string{"target_key_id"}, sending("kms:UpdateAlias", alias, "target_key_id")}},
		remove:  sending("kms:DeleteAlias", alias),
	}.resource()
}

// keyIDOf makes a key's id and its ARN equal: AWS answers with the id, whichever was given.
func keyIDOf(key string) string {
	return key[strings.LastIndex(key, "/")+1:]
}

// readAlias looks through all aliases: KMS can only list them.
func readAlias(o op) (record, error) {
	aliases, err := o.all("kms:ListAliases", nil, "Aliases")
	for _, alias := range aliases {
		if name := text(alias["AliasName"]); name == o.Id() {
			key := strings.Replace(text(alias["AliasArn"]), name, "key/"+text(alias["TargetKeyId"]), 1)
			return join(alias, record{"NamePrefix": prefixOf(name), "TargetKeyArn": key}), nil
		}
	}
	return nil, err
}

func dataKey() *schema.Resource {
	return source{title: "KMS Key", gone: noSuchKey, read: found("kms:DescribeKey", "key_id", "KeyMetadata", "KeyId"), fields: texts(map[string]*schema.Schema{
		"enabled":      computed(schema.TypeBool),
		"key_id":       validated(required(), validation.StringMatch(keyIDFormat, "must be a KMS key id, alias or ARN")),
		"multi_region": computed(schema.TypeBool),
	}, "arn", "aws_account_id", "creation_date", "deletion_date", "description", "key_manager", "key_spec", "key_state", "key_usage",
		"origin")}.resource()
}
