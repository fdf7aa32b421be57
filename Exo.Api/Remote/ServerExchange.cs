using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Exo.Api.Http;
using Exo.Api.Http.Native;

namespace Exo.Api.Remote;

/// <summary>One question to a server and its answer; failures come out as the server meant them, or say what is wrong with the way there.</summary>
internal sealed class ServerExchange(ServerAddress server, HttpClient client)
{
    /// <summary>Asks, and reads the whole answer.</summary>
    /// <exception cref="ExoException">The server refuses, can't be reached, or is none.</exception>
    public async Task<TAnswer> AskAsync<TAnswer>(HttpMethod method, string path, HttpContent? question, JsonTypeInfo<TAnswer> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(method, path, question, cancellationToken);
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw Unreadable(null);
        }
        catch (JsonException unreadable)
        {
            throw Unreadable(unreadable);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw Broken(broken);
        }
    }

    /// <summary>Asks, and hands out the answer once its beginning is there.</summary>
    /// <exception cref="ExoException">The server refuses, can't be reached, or is none.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? question, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.Url, path[1..])) { Content = question };
        request.Headers.Add(Wire.VersionHeader, Wire.Version);
        if (server.ApiKey is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw new ExoException(ExoErrorKind.Unavailable, $"can't reach the server {server}: {Reason(failure)}. Is 'exo serve' or a silo running there? --host and EXO_HOST say where", failure);
        }
        catch (OperationCanceledException silent) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ExoException(ExoErrorKind.Unavailable, $"the server {server} does not answer. --host and EXO_HOST say where it is", silent);
        }
        try
        {
            await CheckAsync(response, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The line ended before the answer did.</summary>
    public ExoException Broken(Exception? inner) => new(ExoErrorKind.Unavailable, $"the line to the server {server} broke off: ask again", inner);

    /// <summary>Nothing came for so long that nobody can be there.</summary>
    public ExoException Silent(TimeSpan patience) => new(ExoErrorKind.Unavailable, $"the server {server} has been silent for {patience.TotalSeconds:0} seconds: it or the line to it is gone");

    /// <summary>What came is not what this version understands.</summary>
    public ExoException Unreadable(Exception? inner) => new(ExoErrorKind.Failure, $"what the server {server} says is not understood here: use the same version of Exo on both", inner);

    private async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var speaks = response.Headers.TryGetValues(Wire.VersionHeader, out var versions) ? versions.First() : null;
        if (response.IsSuccessStatusCode && speaks == Wire.Version) return;
        if (await ErrorAsync(response, cancellationToken) is { } error)
        {
            if (error.Code == "invalid_api_key") throw new ExoException(ExoErrorKind.Forbidden, server.ApiKey is null ? $"the server {server} wants a key: set EXO_API_KEY to it" : $"the server {server} does not take this key: EXO_API_KEY must be the one it was started with");
            if (error.Code == "unknown_url") throw new ExoException(ExoErrorKind.Unavailable, $"the server {server} is another version of Exo ({error.Message}): use the same version on both");
            throw new ExoException(error.Kind, error.Message);
        }
        throw new ExoException(ExoErrorKind.Unavailable, speaks is null
            ? $"what answers at {server} is no Exo server (it said {(int)response.StatusCode}). --host and EXO_HOST say where the server is"
            : $"the server {server} speaks version {speaks} of Exo's protocol, this console version {Wire.Version}: use the same version of Exo on both");
    }

    /// <summary>The failure as the server tells it; null where what answers tells none of Exo's.</summary>
    private static async Task<ErrorDetail?> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != "application/json") return null;
        try
        {
            return (await response.Content.ReadFromJsonAsync(HttpJson.Default.ErrorBody, cancellationToken))?.Error;
        }
        catch (Exception foreign) when (foreign is JsonException or IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static string Reason(HttpRequestException failure) => failure.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nothing listens there",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => "there is no machine of that name",
        SocketException socket => socket.Message,
        _ => failure.Message,
    };
}
