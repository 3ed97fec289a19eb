// The data source aws.iam.getRoles: the roles of an account, by path and pattern.
package main

import (
	"context"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func dataRoles() *schema.Resource {
	found := &schema.Schema{Type: schema.TypeSet, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}}
	return source{title: "IAM roles", read: readRoles, fields: map[string]*schema.Schema{
		"arns":        found,
		"name_regex":  validated(optional(schema.TypeString), validation.StringIsValidRegExp),
		"names":       found,
		"path_prefix": optional(schema.TypeString),
	}}.resource()
}

func readRoles(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	pattern, err := regexp.Compile(d.Get("name_regex").(string))
	if err != nil {
		return "", nil, err
	}
	arns, names := []string{}, []string{}
	pages := iam.NewListRolesPaginator(c.iam(), &iam.ListRolesInput{PathPrefix: nonEmpty(d.Get("path_prefix"))})
	err = eachPage(ctx, pages, func(page *iam.ListRolesOutput) {
		for _, role := range page.Roles {
			if name := aws.ToString(role.RoleName); pattern.MatchString(name) {
				arns, names = append(arns, aws.ToString(role.Arn)), append(names, name)
			}
		}
	})
	if err != nil {
		return "", nil, err
	}
	return "-", map[string]any{"arns": arns, "names": names}, nil
}
