// From the provider's configuration to what each call needs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	basediag "github.com/hashicorp/aws-sdk-go-base/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// awsClient is the meta value of every resource and data source.
type awsClient struct {
	config      aws.Config
	endpoints   map[string]string
	partition   string
	accountID   string
	s3PathStyle bool
	patience    time.Duration // how long `insist` tries again
}

func newClient(ctx context.Context, d *schema.ResourceData) (client *awsClient, err error) {
	client = &awsClient{
		endpoints:   configuredEndpoints(d),
		s3PathStyle: d.Get("s3_use_path_style").(bool),
	}
	base := baseConfig(d, client.endpoints)
	var diags basediag.Diagnostics
	if ctx, client.config, diags = awsbase.GetAwsConfig(ctx, base); diags.HasError() {
		return nil, configuring(diags)
	}
	if client.config.Region == "" {
		return nil, errors.New("invalid AWS Region: the provider has none, set aws:region or AWS_REGION")
	}
	if client.patience, err = configuredPatience(); err != nil {
		return nil, err
	}
	if client.accountID, client.partition, diags = awsbase.GetAwsAccountIDAndPartition(ctx, client.config, base); diags.HasError() {
		return nil, configuring(diags)
	}
	return client, nil
}

func configuring(diags basediag.Diagnostics) error {
	var result []error
	for _, d := range diags.Errors() {
		result = append(result, fmt.Errorf("%s: %s", d.Summary(), d.Detail()))
	}
	return fmt.Errorf("configuring the AWS provider: %w", errors.Join(result...))
}

// configuredPatience is the real provider's ("propagationTimeout" of "iam/wait.go"), unless the environment shortens it for a test.
func configuredPatience() (time.Duration, error) {
	if seconds := os.Getenv("SANDBOX_RETRY_SECONDS"); seconds != "" {
		return time.ParseDuration(seconds + "s")
	}
	return 2 * time.Minute, nil
}

// baseConfig never asks the instance metadata service: it could only find somebody else's credentials.
func baseConfig(d *schema.ResourceData, endpoints map[string]string) *awsbase.Config {
	return &awsbase.Config{
		AccessKey:                     d.Get("access_key").(string),
		SecretKey:                     d.Get("secret_key").(string),
		Token:                         d.Get("token").(string),
		Profile:                       d.Get("profile").(string),
		Region:                        d.Get("region").(string),
		MaxRetries:                    d.Get("max_retries").(int),
		SkipCredsValidation:           d.Get("skip_credentials_validation").(bool),
		SkipRequestingAccountId:       d.Get("skip_requesting_account_id").(bool),
		EC2MetadataServiceEnableState: imds.ClientDisabled,
		IamEndpoint:                   endpoints["iam"],
		StsEndpoint:                   endpoints["sts"],
		CallerName:                    "the sandbox's AWS provider",
	}
}

func configuredEndpoints(d *schema.ResourceData) map[string]string {
	result := map[string]string{}
	for _, block := range d.Get("endpoints").(*schema.Set).List() {
		for service, url := range toStringMap(block) {
			if url != "" {
				result[service] = url
			}
		}
	}
	return result
}
