"""An S3 endpoint (moto) that checks signatures, and what lies in its bucket `logs` as a file.

Writes the keys of a user who may use the bucket, then what is there, again and again: a line of JSON for each object.
Usage: s3.py PORT KEYS OBJECTS
"""

import gzip
import json
import os
import sys
import time

port, keys, objects = int(sys.argv[1]), sys.argv[2], sys.argv[3]
# The user, the key, the policy and the bucket are made by anybody; everything after needs a good signature.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3  # noqa: E402: not before the variable is set
from moto.server import ThreadedMotoServer  # noqa: E402


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


def described(client, key):
    answer = client.get_object(Bucket="logs", Key=key)
    body = answer["Body"].read()
    packed = body[:2] == b"\x1f\x8b"
    return json.dumps(
        {
            "key": key,
            "type": answer["ContentType"],
            "coding": answer.get("ContentEncoding", ""),
            "class": answer.get("StorageClass", ""),
            "packed": packed,
            "text": (gzip.decompress(body) if packed else body).decode(),
        }
    )


ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False).start()
place = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-central-1"}
anybody = {"aws_access_key_id": "x", "aws_secret_access_key": "x", **place}
iam = boto3.client("iam", **anybody)
iam.create_user(UserName="shipper")
key = iam.create_access_key(UserName="shipper")["AccessKey"]
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy(UserName="shipper", PolicyName="all", PolicyDocument=json.dumps(policy))
boto3.client("s3", **anybody).create_bucket(
    Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
mine = boto3.client(
    "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], **place
)
write(keys, json.dumps({"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}))
while True:
    entries = mine.list_objects_v2(Bucket="logs").get("Contents", [])
    write(objects, "".join(described(mine, entry["Key"]) + "\n" for entry in entries))
    time.sleep(0.2)
