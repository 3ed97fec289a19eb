// The declarations that the programs of all languages here have in common, in Go.
package main

import (
	"errors"
	"fmt"

	"github.com/pulumi-ssm-perms/pulumi-ssm-perms/sdk/go/ssmperms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
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

func declare(ctx *pulumi.Context) error {
	var made, logs, group awsResource
	var other awsProvider
	url := pulumi.String(fmt.Sprintf(`[{"iam":%[1]q,"sts":%[1]q}]`, config.New(ctx, "").Require("awsUrl")))
	role := pulumi.Map{
		"name": pulumi.String("made"), "path": pulumi.String("/team/"), "assumeRolePolicy": pulumi.String(trust),
	}
	bucket := pulumi.Map{"bucket": pulumi.String("session-logs")}
	logGroup := pulumi.Map{"name": pulumi.String("/sessions")}
	return errors.Join(
		ctx.RegisterResource("aws:iam/role:Role", "made", role, &made),
		ctx.RegisterResource("aws:s3/bucket:Bucket", "logs", bucket, &logs),
		ctx.RegisterResource("aws:cloudwatch/logGroup:LogGroup", "group", logGroup, &group),
		ctx.RegisterResource("pulumi:providers:aws", "other", pulumi.Map{"endpoints": url}, &other),
		declarePolicies(ctx, &made, &logs, &group, &other),
	)
}

func declarePolicies(ctx *pulumi.Context, made, logs, group *awsResource, other pulumi.ProviderResource) error {
	secret := pulumi.ToSecret(pulumi.String(config.New(ctx, "").Require("secretKeyArn"))).(pulumi.StringOutput)
	pinned, err := ssmperms.NewSessionManagerPermissions(ctx, "pinned", &ssmperms.SessionManagerPermissionsArgs{
		Role:       pulumi.String("arn:aws:iam::123456789012:role/team/api"),
		PolicyName: pulumi.String("pinned"),
	}, pulumi.Provider(other), pulumi.Protect(true), pulumi.RetainOnDelete(true))
	if err != nil {
		return err
	}
	return errors.Join(
		failure(ssmperms.NewSessionManagerPermissions(ctx, "plain", &ssmperms.SessionManagerPermissionsArgs{
			Role:                           pulumi.String("web"),
			KmsKeyArns:                     pulumi.StringArray{pulumi.String(key), pulumi.String(replica)},
			S3LogEncryptionEnforced:        pulumi.Bool(true),
			AllowUpdateInstanceInformation: pulumi.Bool(true),
			Check:                          pulumi.StringRef("mandatory"),
		})),
		failure(ssmperms.NewSessionManagerPermissions(ctx, "outputs", &ssmperms.SessionManagerPermissionsArgs{
			Role:                   made.Arn,
			S3LogBucketArn:         logs.Arn,
			S3LogKeyPrefix:         pulumi.String("team/sessions"),
			S3LogCrossAccount:      pulumi.Bool(true),
			S3LogKmsKeyArn:         pulumi.String(key),
			CloudwatchLogGroupArns: pulumi.StringArray{group.Arn},
		})),
		failure(ssmperms.NewSessionManagerPermissions(ctx, "secret", &ssmperms.SessionManagerPermissionsArgs{
			Role:       pulumi.String("web"),
			KmsKeyArns: pulumi.StringArray{secret},
		})),
		failure(ssmperms.NewSessionManagerPermissions(ctx, "inner", &ssmperms.SessionManagerPermissionsArgs{
			Role:       pulumi.String("web"),
			PolicyName: pulumi.String("inner"),
		}, pulumi.Parent(pinned))),
		failure(ssmperms.NewSessionManagerManagedPolicy(ctx, "fleet", &ssmperms.SessionManagerManagedPolicyArgs{
			Roles:       []string{"web", "api"},
			PolicyName:  pulumi.String("fleet"),
			Description: pulumi.String("Session Manager for the fleet"),
			Path:        pulumi.String("/team/"),
			Tags:        pulumi.StringMap{"team": pulumi.String("platform")},
			KmsKeyArns:  pulumi.StringArray{pulumi.String(key)},
		})),
	)
}

func failure[T any](_ T, err error) error { return err }
