// The declarations that the programs of all languages here have in common, in Go.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"github.com/session-manager/pulumi-ssm-perms/sdk/go/ssmperms"
)

const (
	key     = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	replica = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	trust   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},` +
		`"Action":"sts:AssumeRole"}]}`
)

// awsResource is an AWS resource without the AWS SDK, which is large: its properties go to the provider as they are.
type awsResource struct {
	pulumi.CustomResourceState

	Arn pulumi.StringOutput `pulumi:"arn"`
}

type awsProvider struct {
	pulumi.ProviderResourceState
}

type made struct {
	role, logs, group awsResource
	other             awsProvider
}

func declare(ctx *pulumi.Context) error {
	var aws made
	if err := aws.declare(ctx); err != nil {
		return err
	}
	if err := declarePolicies(ctx, &aws); err != nil {
		return err
	}
	_, err := ssmperms.NewSessionManagerManagedPolicy(ctx, "fleet", &ssmperms.SessionManagerManagedPolicyArgs{
		Roles:       []string{"web", "api"},
		PolicyName:  pulumi.String("fleet"),
		Description: pulumi.String("Session Manager for the fleet"),
		Path:        pulumi.String("/team/"),
		Tags:        pulumi.StringMap{"team": pulumi.String("platform")},
		KmsKeyArns:  pulumi.StringArray{pulumi.String(key)},
	})
	return err
}

func (aws *made) declare(ctx *pulumi.Context) error {
	role := pulumi.Map{
		"name": pulumi.String("made"), "path": pulumi.String("/team/"), "assumeRolePolicy": pulumi.String(trust),
	}
	if err := ctx.RegisterResource("aws:iam/role:Role", "made", role, &aws.role); err != nil {
		return err
	}
	bucket := pulumi.Map{"bucket": pulumi.String("session-logs")}
	if err := ctx.RegisterResource("aws:s3/bucket:Bucket", "logs", bucket, &aws.logs); err != nil {
		return err
	}
	group := pulumi.Map{"name": pulumi.String("/sessions")}
	if err := ctx.RegisterResource("aws:cloudwatch/logGroup:LogGroup", "group", group, &aws.group); err != nil {
		return err
	}
	url := config.New(ctx, "").Require("awsUrl")
	provider := pulumi.Map{"endpoints": pulumi.String(fmt.Sprintf(`[{"iam":%q,"sts":%q}]`, url, url))}
	return ctx.RegisterResource("pulumi:providers:aws", "other", provider, &aws.other)
}

func declarePolicies(ctx *pulumi.Context, aws *made) error {
	secret := pulumi.ToSecret(pulumi.String(config.New(ctx, "").Require("secretKeyArn"))).(pulumi.StringOutput)
	pinned := []pulumi.ResourceOption{pulumi.Provider(&aws.other), pulumi.Protect(true), pulumi.RetainOnDelete(true)}
	declarations := []struct {
		name    string
		args    ssmperms.SessionManagerPermissionsArgs
		options []pulumi.ResourceOption
	}{
		{"plain", ssmperms.SessionManagerPermissionsArgs{
			Role:                           pulumi.String("web"),
			KmsKeyArns:                     pulumi.StringArray{pulumi.String(key), pulumi.String(replica)},
			S3LogEncryptionEnforced:        pulumi.Bool(true),
			AllowUpdateInstanceInformation: pulumi.Bool(true),
		}, nil},
		{"outputs", ssmperms.SessionManagerPermissionsArgs{
			Role:                   aws.role.Arn,
			S3LogBucketArn:         aws.logs.Arn,
			S3LogKeyPrefix:         pulumi.String("team/sessions"),
			S3LogCrossAccount:      pulumi.Bool(true),
			S3LogKmsKeyArn:         pulumi.String(key),
			CloudwatchLogGroupArns: pulumi.StringArray{aws.group.Arn},
		}, nil},
		{"secret", ssmperms.SessionManagerPermissionsArgs{
			Role:       pulumi.String("web"),
			KmsKeyArns: pulumi.StringArray{secret},
		}, nil},
		{"pinned", ssmperms.SessionManagerPermissionsArgs{
			Role:       pulumi.String("arn:aws:iam::123456789012:role/team/api"),
			PolicyName: pulumi.String("pinned"),
		}, pinned},
	}
	for _, d := range declarations {
		if _, err := ssmperms.NewSessionManagerPermissions(ctx, d.name, &d.args, d.options...); err != nil {
			return err
		}
	}
	return nil
}
