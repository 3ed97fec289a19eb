// From the provider's configuration to the AWS SDK's clients.
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

// endpointServices maps each key of the configuration's `endpoints` to the service that it is for.
var endpointServices = map[string]string{
	"iam":            "iam",
	"sts":            "sts",
	"kms":            "kms",
	"s3":             "s3",
	"s3api":          "s3",
	"s3control":      "s3control",
	"ssm":            "ssm",
	"logs":           "logs",
	"cloudwatchlog":  "logs",
	"cloudwatchlogs": "logs",
	"ec2":            "ec2",
	"ecs":            "ecs",
}

// awsClient is what every resource and data source gets as its meta value.
type awsClient struct {
	config      aws.Config
	endpoints   map[string]string
	region      string
	partition   string
	accountID   string
	s3PathStyle bool
	defaultTags map[string]string
	patience    time.Duration // how long a call is made again that AWS cannot do yet
}

func newClient(ctx context.Context, d *schema.ResourceData) (*awsClient, error) {
	endpoints := configuredEndpoints(d)
	base := baseConfig(d, endpoints)
	ctx, config, diags := awsbase.GetAwsConfig(ctx, base)
	if diags.HasError() {
		return nil, fmt.Errorf("configuring the AWS provider: %w", diagsError(diags))
	}
	if config.Region == "" {
		return nil, errors.New("invalid AWS Region: the provider has none, set aws:region or AWS_REGION")
	}
	patience, err := configuredPatience()
	if err != nil {
		return nil, err
	}
	accountID, partition, diags := awsbase.GetAwsAccountIDAndPartition(ctx, config, base)
	if diags.HasError() {
		return nil, fmt.Errorf("configuring the AWS provider: %w", diagsError(diags))
	}
	return &awsClient{
		config:      config,
		endpoints:   endpoints,
		region:      config.Region,
		partition:   partition,
		accountID:   accountID,
		s3PathStyle: d.Get("s3_use_path_style").(bool),
		defaultTags: toStringMap(d.Get("default_tags.0.tags")),
		patience:    patience,
	}, nil
}

// configuredPatience is that of the real provider ("propagationTimeout" of "iam/wait.go"), unless a test is in a hurry.
func configuredPatience() (time.Duration, error) {
	if seconds := os.Getenv("SANDBOX_RETRY_SECONDS"); seconds != "" {
		return time.ParseDuration(seconds + "s")
	}
	return 2 * time.Minute, nil
}

// baseConfig never reaches for the instance metadata service: in a sandbox it could only find somebody else's credentials.
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
		for name, url := range toStringMap(block) {
			if url != "" {
				result[endpointServices[name]] = url
			}
		}
	}
	return result
}

func diagsError(diags basediag.Diagnostics) error {
	var result []error
	for _, d := range diags.Errors() {
		result = append(result, fmt.Errorf("%s: %s", d.Summary(), d.Detail()))
	}
	return errors.Join(result...)
}
