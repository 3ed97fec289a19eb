// The IAM data sources that look something up: a role, roles, an instance profile.
package main

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

var getRole = kind{
	title: "IAM Role", named: "name", names: roleNames, gone: []string{noSuchEntity},
	fields: texts(attributes{
		"max_session_duration": anInt(computed),
		"name":                 aString(required),
		"tags":                 aMap(computed),
	}, "arn", "assume_role_policy", "create_date", "description", "path", "permissions_boundary", "unique_id"),
	read: func(o op) record {
		role := readableRole(o, o.given("name"))
		return join(role, record{"Tags": iamRole.tags.read(role["Tags"])})
	},
}

var getRoles = kind{
	title: "IAM roles",
	fields: attributes{
		"arns":        aSet(computed),
		"name_regex":  aString(optional, validated(validation.StringIsValidRegExp)),
		"names":       aSet(computed),
		"path_prefix": aString(optional),
	},
	read: func(o op) record {
		pattern := must(regexp.Compile(o.Get("name_regex").(string)))
		arns, names := []string{}, []string{}
		for _, role := range o.all("iam:ListRoles", o.given("path_prefix"), "Roles") {
			if name := text(role["RoleName"]); pattern.MatchString(name) {
				arns, names = append(arns, text(role["Arn"])), append(names, name)
			}
		}
		return record{"arns": arns, "names": names}
	},
}

var getInstanceProfile = kind{
	title: "IAM Instance Profile", named: "name", names: names{"name": "InstanceProfileName"}, gone: []string{noSuchEntity},
	fields: texts(attributes{"name": aString(required)}, "arn", "create_date", "path", "role_arn", "role_id", "role_name"),
	read: func(o op) record {
		profile := found("iam:GetInstanceProfile", "InstanceProfile", "InstanceProfileId")(o)
		for _, role := range records(profile["Roles"]) {
			profile = join(profile, record{"RoleArn": role["Arn"], "RoleId": role["RoleId"], "RoleName": role["RoleName"]})
		}
		return profile
	},
}
