// aws.iam.Policy: a customer managed policy and its versions.
package main

const (
	policyNameMax = 128
	keptVersions  = 5
)

var iamPolicy = kind{
	title: "IAM Policy", named: "name", id: "PolicyArn", gone: []string{noSuchEntity},
	bridge: withDocument("policy"),
	tags:   &tagging{list: "iam:ListPolicyTags", write: "iam:TagPolicy", remove: "iam:UntagPolicy", key: "Key", value: "Value"},
	fields: texts(attributes{
		"attachment_count": anInt(computed),
		"description":      aString(optional, forceNew),
		"name":             aName(policyNameMax),
		"path":             aString(withDefault("/"), forceNew),
		"policy":           aPolicy(required),
	}, "arn", "policy_id"),
	names: names{"name": "PolicyName", "policy": "PolicyDocument"},
	create: func(o op, name string) string {
		request := record{"PolicyName": name, "PolicyDocument": o.document("policy"), "Description": o.Get("description"), "Path": o.Get("path")}
		answer := o.ask("iam:CreatePolicy", join(request, o.newTags()))
		return text(member(answer, "Policy")["Arn"])
	},
	read: func(o op) record {
		policy := member(o.ask("iam:GetPolicy", o.about()), "Policy")
		answer := o.ask("iam:GetPolicyVersion", o.about(record{"VersionId": policy["DefaultVersionId"]}))
		document := member(answer, "PolicyVersion")["Document"]
		return join(policy, record{"PolicyDocument": o.documentRead("policy", document)})
	},
	changes: []change{{[]string{"policy"}, newPolicyVersion}},
	remove: func(o op) {
		for _, version := range policyVersions(o) {
			if version["IsDefaultVersion"] != true {
				deletePolicyVersion(o, text(version["VersionId"]))
			}
		}
		o.ask("iam:DeletePolicy", o.about())
	},
}

func newPolicyVersion(o op) {
	if versions := policyVersions(o); len(versions) >= keptVersions {
		deletePolicyVersion(o, oldest(versions))
	}
	o.ask("iam:CreatePolicyVersion", o.about(record{"PolicyDocument": o.document("policy"), "SetAsDefault": true}))
}

func policyVersions(o op) []record {
	return o.all("iam:ListPolicyVersions", o.about(), "Versions")
}

// oldest is the version to delete when IAM keeps no more. It is never the default one.
func oldest(versions []record) (id string) {
	first := ""
	for _, version := range versions {
		// The API's times sort as text.
		if made := text(version["CreateDate"]); version["IsDefaultVersion"] != true && (first == "" || made < first) {
			id, first = text(version["VersionId"]), made
		}
	}
	return id
}

// deletePolicyVersion fails if the version isn't there: the policy can still be there.
func deletePolicyVersion(o op, id string) {
	err := o.do("iam:DeletePolicyVersion", o.about(record{"VersionId": id}))
	check(saying(err, "deleting IAM Policy (%s) version (%s)", o.Id(), id))
}
