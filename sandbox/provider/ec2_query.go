// One call of EC2, written out: the SDK's client for EC2 would more than double what a build of this provider takes.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// ec2Instance is what of an instance a role is found by.
type ec2Instance struct {
	ProfileARN string `xml:"iamInstanceProfile>arn"`
	State      string `xml:"instanceState>name"`
	Type       string `xml:"instanceType"`
}

type ec2Answer struct {
	Instances []ec2Instance `xml:"reservationSet>item>instancesSet>item"`
	Code      string        `xml:"Errors>Error>Code"`
	Message   string        `xml:"Errors>Error>Message"`
}

func describeInstance(ctx context.Context, c *awsClient, region, id string) (*ec2Instance, error) {
	form := url.Values{"Action": {"DescribeInstances"}, "Version": {"2016-11-15"}, "InstanceId.1": {id}}
	var answer ec2Answer
	if err := c.query(ctx, "ec2", region, form, &answer); err != nil {
		return nil, err
	}
	if answer.Code != "" {
		return nil, fmt.Errorf("api error %s: %s", answer.Code, answer.Message)
	}
	if len(answer.Instances) == 0 {
		return nil, errors.New("your query returned no results")
	}
	return &answer.Instances[0], nil
}

// query signs a call of AWS's query protocol, sends it once, and reads the answer or the error into the same value.
func (c *awsClient) query(ctx context.Context, service, region string, form url.Values, answer any) error {
	address := fmt.Sprintf("https://%s.%s.amazonaws.com/", service, region)
	if configured := c.configOf(service, region).BaseEndpoint; configured != nil {
		address = *configured
	}
	body := []byte(form.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	credentials, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(hash[:]), service, region, time.Now()); err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return xml.NewDecoder(response.Body).Decode(answer)
}
