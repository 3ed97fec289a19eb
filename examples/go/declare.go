// What the program declares.
package main

import (
	"github.com/pulumi-ssm-perms/pulumi-ssm-perms/sdk/go/ssmperms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func declare(ctx *pulumi.Context) error {
	cfg := config.New(ctx, "")
	var keys []string
	if err := cfg.GetObject("kmsKeyArns", &keys); err != nil {
		return err
	}

	web, err := ssmperms.NewSessionManagerPermissions(ctx, "web", &ssmperms.SessionManagerPermissionsArgs{
		Role:                           pulumi.String(cfg.Require("role")),
		AllowUpdateInstanceInformation: pulumi.Bool(true),
		KmsKeyArns:                     pulumi.ToStringArray(keys),
		S3LogEncryptionEnforced:        pulumi.Bool(cfg.GetBool("s3LogEncryptionEnforced")),
		Check:                          pulumi.StringRef("advisory"), // a plain value
	})
	if err != nil {
		return err
	}

	ctx.Export("roleName", web.RoleName)
	ctx.Export("policyName", web.PolicyName)
	ctx.Export("policyJson", web.PolicyJson)
	return nil
}
