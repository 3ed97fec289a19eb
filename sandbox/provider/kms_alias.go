// aws.kms.Alias.
package main

import (
	"context"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const aliasPrefix = "alias/"

var aliasFormat = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

func resourceAlias() *schema.Resource {
	valid := validation.StringMatch(aliasFormat, `must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]`)
	target := required()
	target.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool { return keyIDOf(before) == keyIDOf(after) }
	return &schema.Resource{
		CreateContext: aliasCreate,
		ReadContext:   aliasRead,
		UpdateContext: aliasUpdate,
		DeleteContext: aliasDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"arn":            computed(schema.TypeString),
			"name":           validated(nameSchema(256), valid),
			"name_prefix":    validated(namePrefixSchema(256), valid),
			"target_key_arn": computed(schema.TypeString),
			"target_key_id":  target,
		},
	}
}

// keyIDOf makes a key's id and its ARN equal: AWS answers with the id, whichever was given.
func keyIDOf(key string) string {
	return key[strings.LastIndex(key, "/")+1:]
}

func aliasCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := aliasName(chosenName(d))
	_, err := kmsClient(d, meta).CreateAlias(ctx, &kms.CreateAliasInput{
		AliasName: aws.String(name), TargetKeyId: aws.String(d.Get("target_key_id").(string)),
	})
	if err != nil {
		return diag.Errorf("creating KMS Alias (%s): %s", name, err)
	}
	d.SetId(name)
	return aliasRead(ctx, d, meta)
}

func aliasRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	alias, err := findAlias(ctx, kmsClient(d, meta), d.Id())
	if err != nil {
		return diag.Errorf("reading KMS Alias (%s): %s", d.Id(), err)
	}
	if alias == nil {
		d.SetId("")
		return nil
	}
	name, id := aws.ToString(alias.AliasName), aws.ToString(alias.TargetKeyId)
	return diag.FromErr(setAll(d, map[string]any{
		"arn": alias.AliasArn, "name": name, "name_prefix": prefixOf(name), "region": regionOf(d, meta),
		"target_key_arn": strings.Replace(aws.ToString(alias.AliasArn), name, "key/"+id, 1), "target_key_id": id,
	}))
}

// findAlias finds nothing, without an error, when there is no such alias: KMS can only list them.
func findAlias(ctx context.Context, conn *kms.Client, name string) (*types.AliasListEntry, error) {
	pages := kms.NewListAliasesPaginator(conn, &kms.ListAliasesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, alias := range page.Aliases {
			if aws.ToString(alias.AliasName) == name {
				return &alias, nil
			}
		}
	}
	return nil, nil
}

func aliasUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	_, err := kmsClient(d, meta).UpdateAlias(ctx, &kms.UpdateAliasInput{
		AliasName: aws.String(d.Id()), TargetKeyId: aws.String(d.Get("target_key_id").(string)),
	})
	if err != nil {
		return diag.Errorf("updating KMS Alias (%s): %s", d.Id(), err)
	}
	return aliasRead(ctx, d, meta)
}

func aliasDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	_, err := kmsClient(d, meta).DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: aws.String(d.Id())})
	if err != nil && !isError(err, "NotFoundException") {
		return diag.Errorf("deleting KMS Alias (%s): %s", d.Id(), err)
	}
	return nil
}
