// aws.kms.Alias.
package main

import (
	"context"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const aliasPrefix = "alias/"

var aliasFormat = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

func resourceAlias() *schema.Resource {
	valid := validation.StringMatch(aliasFormat, `must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]`)
	target := required()
	target.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool { return keyIDOf(before) == keyIDOf(after) }
	return kind{
		title: "KMS Alias",
		gone:  []string{"NotFoundException"},
		fields: texts(map[string]*schema.Schema{
			"name":          nameInstead("name_prefix", valid),
			"name_prefix":   nameInstead("name", valid),
			"target_key_id": target,
		}, "arn", "target_key_arn"),
		create: createAlias,
		read:   readAlias,
		update: updateAlias,
		remove: removeAlias,
	}.resource()
}

// keyIDOf makes a key's id and its ARN equal: AWS answers with the id, whichever was given.
func keyIDOf(key string) string {
	return key[strings.LastIndex(key, "/")+1:]
}

func createAlias(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := aliasName(chosenName(d))
	_, err := c.kms(d).CreateAlias(ctx, &kms.CreateAliasInput{
		AliasName: aws.String(name), TargetKeyId: aws.String(d.Get("target_key_id").(string)),
	})
	return name, err
}

func readAlias(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	alias, err := findAlias(ctx, c.kms(d), d.Id())
	if err != nil || alias == nil {
		return nil, err
	}
	name, id := aws.ToString(alias.AliasName), aws.ToString(alias.TargetKeyId)
	return map[string]any{
		"arn": alias.AliasArn, "name": name, "name_prefix": prefixOf(name),
		"target_key_arn": strings.Replace(aws.ToString(alias.AliasArn), name, "key/"+id, 1), "target_key_id": id,
	}, nil
}

// findAlias finds nothing, without an error, when there is no such alias: KMS can only list them.
func findAlias(ctx context.Context, conn *kms.Client, name string) (found *types.AliasListEntry, err error) {
	err = eachPage(ctx, kms.NewListAliasesPaginator(conn, &kms.ListAliasesInput{}), func(page *kms.ListAliasesOutput) {
		for _, alias := range page.Aliases {
			if aws.ToString(alias.AliasName) == name {
				found = &alias
			}
		}
	})
	return found, err
}

func updateAlias(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	_, err := c.kms(d).UpdateAlias(ctx, &kms.UpdateAliasInput{
		AliasName: aws.String(d.Id()), TargetKeyId: aws.String(d.Get("target_key_id").(string)),
	})
	return err
}

func removeAlias(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	_, err := c.kms(d).DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: aws.String(d.Id())})
	return err
}
