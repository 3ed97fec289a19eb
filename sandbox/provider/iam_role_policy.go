// aws.iam.RolePolicy: one inline policy of one role.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const (
	policyNameMax   = 128
	inlinePolicyMax = 10240
)

func resourceRolePolicy() *schema.Resource {
	return &schema.Resource{
		CreateContext: rolePolicyPut,
		ReadContext:   rolePolicyRead,
		UpdateContext: rolePolicyPut,
		DeleteContext: rolePolicyDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"name":        nameSchema(policyNameMax),
			"name_prefix": namePrefixSchema(policyNameMax),
			"policy":      policySchema(inlinePolicyMax),
			"role": {
				Type: schema.TypeString, Required: true, ForceNew: true,
				ValidateFunc: validation.All(validation.StringLenBetween(1, 128), notARN),
			},
		},
	}
}

func notARN(v any, key string) ([]string, []error) {
	if arn.IsARN(v.(string)) {
		return nil, []error{fmt.Errorf("%q must be the role's name not its ARN", key)}
	}
	return nil, nil
}

func rolePolicyPut(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	role, name := d.Get("role").(string), chosenName(d)
	document, err := normalizePolicy(d.Get("policy").(string))
	if err != nil {
		return diag.FromErr(err)
	}
	_, err = iamClient(meta).PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(role), PolicyName: aws.String(name), PolicyDocument: aws.String(document),
	})
	if err != nil {
		return diag.Errorf("putting IAM Role (%s) Policy (%s): %s", role, name, err)
	}
	d.SetId(role + ":" + name)
	return rolePolicyRead(ctx, d, meta)
}

func rolePolicyRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	role, name, err := rolePolicyParts(d.Id())
	if err != nil {
		return diag.FromErr(err)
	}
	output, err := iamClient(meta).GetRolePolicy(ctx, &iam.GetRolePolicyInput{
		RoleName: aws.String(role), PolicyName: aws.String(name),
	})
	if isNoSuchEntity(err) && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading IAM Role Policy (%s): %s", d.Id(), err)
	}
	document, err := policyForState(d.Get("policy").(string), aws.ToString(output.PolicyDocument))
	if err != nil {
		return diag.FromErr(err)
	}
	return diag.FromErr(setAll(d, map[string]any{
		"name": name, "name_prefix": prefixOf(name), "policy": document, "role": role,
	}))
}

func rolePolicyDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	role, name, err := rolePolicyParts(d.Id())
	if err != nil {
		return diag.FromErr(err)
	}
	_, err = iamClient(meta).DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{
		RoleName: aws.String(role), PolicyName: aws.String(name),
	})
	if err != nil && !isNoSuchEntity(err) {
		return diag.Errorf("deleting IAM Role Policy (%s): %s", d.Id(), err)
	}
	return nil
}

func rolePolicyParts(id string) (role, name string, err error) {
	role, name, found := strings.Cut(id, ":")
	if !found {
		return "", "", fmt.Errorf("role_policy id must be of the form <role name>:<policy name>, got %q", id)
	}
	return role, name, nil
}
