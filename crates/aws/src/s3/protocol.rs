//! The operations that the protocol library calls. All others it refuses by its `NotImplemented`.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, DeleteObjectsInput, DeleteObjectsOutput,
    GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput, GetBucketVersioningOutput,
    GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectInput, GetObjectOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput,
    ListBucketsOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    ListPartsInput, ListPartsOutput, PostObjectInput, PostObjectOutput, PutBucketVersioningInput,
    PutBucketVersioningOutput, PutObjectInput, PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::{Objects, attributes, bucket, complete, copy, delete, get, list, part, put, tagging, upload, versions};

macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident = $module:ident::$function:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Objects {
            $(
                async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $module::$function(self, request.input).await.map(S3Response::new)
                }
            )*

            async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
                put::put(self, request).await.map(S3Response::new)
            }

            async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
                part::put(self, request).await.map(S3Response::new)
            }

            // The library would make it a PutObject without looking at who sends it.
            async fn post_object(&self, _: S3Request<PostObjectInput>) -> S3Result<S3Response<PostObjectOutput>> {
                Err(s3_error!(NotImplemented, "The S3 operation PostObject is not emulated here"))
            }
        }
    };
}

operations! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput = bucket::create;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket::head;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = bucket::delete;
    list_buckets(ListBucketsInput) -> ListBucketsOutput = bucket::list;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket::location;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = bucket::get_versioning;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = bucket::put_versioning;
    list_objects(ListObjectsInput) -> ListObjectsOutput = list::list;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::list_v2;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = versions::list;
    get_object(GetObjectInput) -> GetObjectOutput = get::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = get::head;
    get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput = attributes::get;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete::delete;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete::delete_many;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy::copy;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = upload::create;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = upload::abort;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = upload::list;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = part::copy;
    list_parts(ListPartsInput) -> ListPartsOutput = part::list;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = complete::complete;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = tagging::get;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = tagging::put;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = tagging::delete;
}
