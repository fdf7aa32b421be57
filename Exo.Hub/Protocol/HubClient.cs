using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>
/// Speaks the Hugging Face Hub's protocol to one endpoint. Follows redirects itself and drops the token when the host changes; waits out
/// 408, 429 and 5xx as the server asks; tells failures apart as <see cref="HubError"/>s.
/// </summary>
public sealed class HubClient : IDisposable
{
    /// <param name="options">Endpoint, token, time-outs.</param>
    /// <param name="timeProvider">Time for back-off; the system's where left out.</param>
    public HubClient(HubOptions options, TimeProvider? timeProvider = null) => throw new NotImplementedException();

    /// <summary>The model's facts at a revision: its present name and the commit.</summary>
    public Task<HubModel> GetModelAsync(ModelReference reference, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Every file at a commit, page by page. Names and sizes are checked.</summary>
    public IAsyncEnumerable<HubFile> ListFilesAsync(string repositoryId, string commit, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A file's address and identity (HEAD of <c>resolve</c>), without following redirects to another host.</summary>
    public Task<ResolvedFile> ResolveAsync(string repositoryId, string revision, string path, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A few bytes of a file, such as a safetensors header. At most 128 MiB.</summary>
    public Task<byte[]> ReadAsync(string repositoryId, string commit, HubFile file, ByteRange range, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The file as a source of ranges for a <see cref="TransferEngine"/>.</summary>
    public IRangeSource Source(string repositoryId, string commit, HubFile file, bool isPeer = false) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
