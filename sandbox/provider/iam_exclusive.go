// aws.iam.RolePoliciesExclusive: the names of all inline policies that a role may have; any other one is deleted.
package main

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceRolePoliciesExclusive() *schema.Resource {
	return &schema.Resource{
		CreateContext: exclusiveSync,
		ReadContext:   exclusiveRead,
		UpdateContext: exclusiveSync,
		DeleteContext: schema.NoopContext,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"role_name":    forceNew(required()),
			"policy_names": {Type: schema.TypeSet, Required: true, Elem: &schema.Schema{Type: schema.TypeString}},
		},
	}
}

func exclusiveSync(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, role, wanted := iamClient(meta), d.Get("role_name").(string), toStrings(d.Get("policy_names"))
	present, err := inlinePolicyNames(ctx, conn, role)
	if err != nil {
		return diag.Errorf("setting IAM Role Policies Exclusive (%s): %s", role, err)
	}
	for _, name := range wanted {
		if slices.Contains(present, name) {
			continue
		}
		// Without a document, so that AWS's SDK refuses: a name alone cannot bring a policy back.
		_, err := conn.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
		if err != nil {
			return diag.Errorf("setting IAM Role Policies Exclusive (%s): %s", role, err)
		}
	}
	for _, name := range present {
		if slices.Contains(wanted, name) {
			continue
		}
		if err := deleteInlinePolicy(ctx, conn, role, name); err != nil {
			return diag.Errorf("setting IAM Role Policies Exclusive (%s): %s", role, err)
		}
	}
	d.SetId(role)
	return exclusiveRead(ctx, d, meta)
}

func exclusiveRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	names, err := inlinePolicyNames(ctx, iamClient(meta), d.Id())
	if isNoSuchEntity(err) && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading IAM Role Policies Exclusive (%s): %s", d.Id(), err)
	}
	return diag.FromErr(setAll(d, map[string]any{"role_name": d.Id(), "policy_names": names}))
}
