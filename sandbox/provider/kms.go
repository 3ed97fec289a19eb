// KMS: aws.kms.Key, aws.kms.Alias, and the data source that reads a key by id, alias or ARN.
package main

import (
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

const aliasPrefix = "alias/"

var (
	noSuchKey    = []string{"NotFoundException"}
	aliasFormat  = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)
	keyIDFormat  = regexp.MustCompile(`^(arn:[^:]+:kms:[^:]+:\d{12}:(key/|alias/)[a-zA-Z0-9/_-]+|alias/[a-zA-Z0-9/_-]+|(mrk-)?[a-zA-Z0-9-]+)$`)
	validKeyName = validation.StringMatch(aliasFormat, `must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]`)
	theKeyPolicy = record{"PolicyName": "default"} // a key has only this one
)

var kmsKey = kind{
	title: "KMS Key", id: "KeyId", regional: true, gone: noSuchKey,
	tags: &tagging{list: "kms:ListResourceTags", write: "kms:TagResource", remove: "kms:UntagResource", key: "TagKey", value: "TagValue"},
	fields: texts(attributes{
		"deletion_window_in_days": anInt(optional, validated(validation.IntBetween(7, 30))),
		"description":             aString(optional, computed),
		"enable_key_rotation":     aBool(withDefault(false)),
		"multi_region":            aBool(optional, computed, forceNew),
		"policy":                  aPolicy(optional, computed),
	}, "arn", "key_id"),
	names: names{"deletion_window_in_days": "PendingWindowInDays", "enable_key_rotation": "KeyRotationEnabled"},
	create: func(o op, _ string) string {
		answer := o.ask("kms:CreateKey", join(o.given("description", "multi_region", "policy"), o.newTags()))
		return text(member(answer, "KeyMetadata")["KeyId"])
	},
	complete: func(o op) {
		if o.Get("enable_key_rotation").(bool) {
			setRotation(o)
		}
	},
	read: readKey,
	changes: []change{
		{[]string{"description"}, func(o op) {
			o.ask("kms:UpdateKeyDescription", o.about(record{"Description": o.Get("description")}))
		}},
		{[]string{"policy"}, func(o op) { o.ask("kms:PutKeyPolicy", o.about(theKeyPolicy, o.given("policy"))) }},
		{[]string{"enable_key_rotation"}, setRotation},
	},
	remove: sending("kms:ScheduleKeyDeletion", "deletion_window_in_days"),
}

func setRotation(o op) {
	if o.Get("enable_key_rotation").(bool) {
		o.ask("kms:EnableKeyRotation", o.about())
	} else {
		o.ask("kms:DisableKeyRotation", o.about())
	}
}

func readKey(o op) record {
	key := member(o.ask("kms:DescribeKey", o.about()), "KeyMetadata")
	if key["DeletionDate"] != nil {
		return nil
	}
	policy := o.ask("kms:GetKeyPolicy", o.about(theKeyPolicy))
	rotation := o.ask("kms:GetKeyRotationStatus", o.about())
	tags := o.ask("kms:ListResourceTags", o.about())
	return join(rotation, tags, key, record{"Policy": o.documentRead("policy", policy["Policy"])})
}

var kmsAlias = kind{
	title: "KMS Alias", named: "name", id: "AliasName", regional: true, gone: noSuchKey,
	bridge: tfbridge.ResourceInfo{Fields: fields{
		"name": tfbridge.AutoNameWithCustomOptions("name", tfbridge.AutoNameOptions{
			Separator: "-", Maxlen: 238, Randlen: 7,
			PostTransform: func(_ *tfbridge.PulumiResource, name string) (string, error) {
				return aliasPrefix + strings.TrimPrefix(name, aliasPrefix), nil
			},
		}),
	}},
	fields: texts(attributes{
		"name":          aString(optional, computed, forceNew, validated(validKeyName)),
		"target_key_id": aString(required, sameKey),
	}, "arn", "target_key_arn"),
	names: names{"arn": "AliasArn", "name": "AliasName"},
	create: func(o op, name string) string {
		o.ask("kms:CreateAlias", join(record{"AliasName": name}, o.given("target_key_id")))
		return name
	},
	read:    readAlias,
	changes: []change{{[]string{"target_key_id"}, sending("kms:UpdateAlias", "target_key_id")}},
	remove:  sending("kms:DeleteAlias"),
}

// sameKey treats a key's id and its ARN as equal: AWS always answers with the id.
func sameKey(s *schema.Schema) {
	s.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool {
		return before[strings.LastIndex(before, "/")+1:] == after[strings.LastIndex(after, "/")+1:]
	}
}

// readAlias looks through all aliases: KMS can only list them.
func readAlias(o op) record {
	for _, alias := range o.all("kms:ListAliases", nil, "Aliases") {
		if name := text(alias["AliasName"]); name == o.Id() {
			key := strings.Replace(text(alias["AliasArn"]), name, "key/"+text(alias["TargetKeyId"]), 1)
			return join(alias, record{"TargetKeyArn": key})
		}
	}
	return nil
}

var getKey = kind{
	title: "KMS Key", named: "key_id", regional: true, gone: noSuchKey,
	fields: texts(attributes{
		"enabled":      aBool(computed),
		"key_id":       aString(required, validated(validation.StringMatch(keyIDFormat, "must be a KMS key id, alias or ARN"))),
		"multi_region": aBool(computed),
	}, "arn", "aws_account_id", "creation_date", "deletion_date", "description", "key_manager", "key_spec", "key_state", "key_usage", "origin"),
	read: found("kms:DescribeKey", "KeyMetadata", "KeyId"),
}
