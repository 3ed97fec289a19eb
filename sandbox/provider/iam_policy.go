// aws.iam.Policy: a customer managed policy and its versions.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const (
	policyNameMax = 128
	keptVersions  = 5
)

func policyOf(o op) record {
	return record{"PolicyArn": o.Id()}
}

func resourcePolicy() *schema.Resource {
	tags := &tagging{
		resource: policyOf, list: "iam:ListPolicyTags", key: "Key", value: "Value",
		write: "iam:TagPolicy", remove: "iam:UntagPolicy",
	}
	return kind{
		title: "IAM Policy",
		gone:  []string{noSuchEntity},
		tags:  tags,
		fields: withTags(texts(withNames(map[string]*schema.Schema{
			"attachment_count": computed(schema.TypeInt),
			"description":      forceNew(optional(schema.TypeString)),
			"path":             forceNew(withDefault(schema.TypeString, "/")),
			"policy":           policySchema(),
		}, policyNameMax), "arn", "policy_id")),
		names: names{"name": "PolicyName", "policy": "PolicyDocument"},
		create: func(o op) (string, error) {
			name := o.chosenName("name", "name_prefix")
			document, err := normalizePolicy(o.Get("policy").(string))
			if err != nil {
				return name, err
			}
			request := record{"PolicyName": name, "PolicyDocument": document, "Description": o.Get("description"), "Path": o.Get("path")}
			answer, err := o.ask("iam:CreatePolicy", join(request, tags.new(o)))
			if err != nil {
				return name, err
			}
			return text(member(answer, "Policy")["Arn"]), nil
		},
		read:    readPolicy,
		changes: []change{{[]string{"policy"}, newPolicyVersion}},
		remove:  removePolicy,
	}.resource()
}

func readPolicy(o op) (record, error) {
	answer, err := o.ask("iam:GetPolicy", policyOf(o))
	if err != nil {
		return nil, err
	}
	policy := member(answer, "Policy")
	asked := join(policyOf(o), record{"VersionId": policy["DefaultVersionId"]})
	version, err := o.ask("iam:GetPolicyVersion", asked)
	if err != nil {
		return nil, err
	}
	document, err := policyForState(o.Get("policy").(string), text(member(version, "PolicyVersion")["Document"]))
	return join(policy, record{"PolicyDocument": document, "NamePrefix": prefixOf(text(policy["PolicyName"]))}), err
}

func newPolicyVersion(o op) error {
	versions, err := o.all("iam:ListPolicyVersions", policyOf(o), "Versions")
	if err == nil && len(versions) >= keptVersions {
		err = o.deleteVersion(oldest(versions))
	}
	if err != nil {
		return err
	}
	document, err := normalizePolicy(o.Get("policy").(string))
	if err != nil {
		return err
	}
	version := record{"PolicyDocument": document, "SetAsDefault": true}
	return o.do("iam:CreatePolicyVersion", join(policyOf(o), version))
}

// oldest is the version to give up when IAM keeps no more: never the default one.
func oldest(versions []record) (id string) {
	first := ""
	for _, version := range versions {
		// A time in the API's form sorts as text.
		if made := text(version["CreateDate"]); version["IsDefaultVersion"] != true && (first == "" || made < first) {
			id, first = text(version["VersionId"]), made
		}
	}
	return id
}

// deleteVersion fails where there is no such version: that does not say that there is no such policy.
func (o op) deleteVersion(id string) error {
	err := o.do("iam:DeletePolicyVersion", join(policyOf(o), record{"VersionId": id}))
	return saying(err, "deleting IAM Policy (%s) version (%s)", o.Id(), id)
}

func removePolicy(o op) error {
	versions, err := o.all("iam:ListPolicyVersions", policyOf(o), "Versions")
	if err != nil {
		return err
	}
	for _, version := range versions {
		if version["IsDefaultVersion"] == true {
			continue
		}
		if err := o.deleteVersion(text(version["VersionId"])); err != nil {
			return err
		}
	}
	return o.do("iam:DeletePolicy", policyOf(o))
}
