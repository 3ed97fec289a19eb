// aws.iam.RolePolicy: one inline policy of one role.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const (
	policyNameMax   = 128
	inlinePolicyMax = 10240
)

func resourceRolePolicy() *schema.Resource {
	return kind{
		title: "IAM Role Policy",
		gone:  []string{noSuchEntity},
		fields: withNames(map[string]*schema.Schema{
			"policy": policySchema(inlinePolicyMax),
			"role":   forceNew(validated(required(), validation.All(validation.StringLenBetween(1, 128), notARN))),
		}, policyNameMax),
		create: putRolePolicy,
		read:   readRolePolicy,
		update: again(putRolePolicy),
		remove: removeRolePolicy,
	}.resource()
}

func notARN(v any, key string) ([]string, []error) {
	if arn.IsARN(v.(string)) {
		return nil, []error{fmt.Errorf("%q must be the role's name not its ARN", key)}
	}
	return nil, nil
}

func putRolePolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	role, name := d.Get("role").(string), chosenName(d)
	document, err := normalizePolicy(d.Get("policy").(string))
	if err != nil {
		return "", said{err}
	}
	_, err = c.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(role), PolicyName: aws.String(name), PolicyDocument: aws.String(document),
	})
	if err != nil {
		return "", said{fmt.Errorf("putting IAM Role (%s) Policy (%s): %w", role, name, err)}
	}
	return role + ":" + name, nil
}

func readRolePolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	role, name, err := rolePolicyParts(d.Id())
	if err != nil {
		return nil, said{err}
	}
	output, err := c.iam().GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
	if err != nil {
		return nil, err
	}
	document, err := policyForState(d.Get("policy").(string), aws.ToString(output.PolicyDocument))
	return map[string]any{"name": name, "name_prefix": prefixOf(name), "policy": document, "role": role}, err
}

func removeRolePolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	role, name, err := rolePolicyParts(d.Id())
	if err != nil {
		return said{err}
	}
	_, err = c.iam().DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
	return err
}

func rolePolicyParts(id string) (role, name string, err error) {
	role, name, found := strings.Cut(id, ":")
	if !found {
		return "", "", fmt.Errorf("role_policy id must be of the form <role name>:<policy name>, got %q", id)
	}
	return role, name, nil
}
