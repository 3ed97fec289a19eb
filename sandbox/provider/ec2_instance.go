// The data source aws.ec2.getInstance. Its one call is written out here: the SDK's client for EC2 would more than double the time of a
// build.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// getInstance has what leads from an instance to its role.
var getInstance = kind{
	title: "EC2 Instance", named: "instance_id", regional: true,
	fields: texts(attributes{"instance_id": aString(required)}, "iam_instance_profile", "instance_state", "instance_type"),
	read: func(o op) record {
		var answer struct {
			Instances []struct {
				ProfileARN string `xml:"iamInstanceProfile>arn"`
				State      string `xml:"instanceState>name"`
				Type       string `xml:"instanceType"`
			} `xml:"reservationSet>item>instancesSet>item"`
			Code    string `xml:"Errors>Error>Code"`
			Message string `xml:"Errors>Error>Message"`
		}
		o.askEC2(url.Values{"Action": {"DescribeInstances"}, "Version": {"2016-11-15"}, "InstanceId.1": {o.Id()}}, &answer)
		if answer.Code != "" {
			check(fmt.Errorf("api error %s: %s", answer.Code, answer.Message))
		}
		if len(answer.Instances) == 0 {
			check(errors.New("your query returned no results"))
		}
		found := answer.Instances[0]
		profile := found.ProfileARN[strings.LastIndex(found.ProfileARN, "/")+1:]
		return record{"IamInstanceProfile": profile, "InstanceState": found.State, "InstanceType": found.Type}
	},
}

// askEC2 signs a call and sends it once. The answer and an error go into the same value.
func (o op) askEC2(form url.Values, answer any) {
	address := fmt.Sprintf("https://ec2.%s.amazonaws.com/", o.region())
	if configured := o.configOf("ec2", o.region()).BaseEndpoint; configured != nil {
		address = *configured
	}
	body := []byte(form.Encode())
	request := must(http.NewRequestWithContext(o, http.MethodPost, address, bytes.NewReader(body)))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	credentials, hash := must(o.config.Credentials.Retrieve(o)), sha256.Sum256(body)
	check(v4.NewSigner().SignHTTP(o, credentials, request, hex.EncodeToString(hash[:]), "ec2", o.region(), time.Now()))
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	check(xml.NewDecoder(response.Body).Decode(answer))
}
