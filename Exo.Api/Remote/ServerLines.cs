using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Exo.Api.Http;

namespace Exo.Api.Remote;

/// <summary>Reads a server's answer that comes a record a line.</summary>
internal static class ServerLines
{
    /// <summary>A server says something at least every ten seconds, if only that it is there.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string ErrorStart = """{"error":{""";

    /// <summary>The records until the answer ends. Leaving early closes the line, and the server stops.</summary>
    /// <exception cref="ExoException">The server tells of a failure, falls silent, or the line breaks.</exception>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        this ServerExchange exchange, string path, HttpContent question, JsonTypeInfo<T> type, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await exchange.SendAsync(HttpMethod.Post, path, question, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await LineAsync(exchange, reader, time, cancellationToken) is { } line)
        {
            if (line.Length == 0) continue;
            if (line.StartsWith(ErrorStart, StringComparison.Ordinal)) throw Told(exchange, line);
            yield return Parse(exchange, line, type);
        }
    }

    private static async Task<string?> LineAsync(ServerExchange exchange, StreamReader reader, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await reader.ReadLineAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw exchange.Silent(Patience);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw exchange.Broken(broken);
        }
    }

    private static ExoException Told(ServerExchange exchange, string line)
    {
        var error = Parse(exchange, line, HttpJson.Default.ErrorBody).Error;
        return new ExoException(error.Kind, error.Message);
    }

    private static T Parse<T>(ServerExchange exchange, string line, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw exchange.Unreadable(null);
        }
        catch (JsonException unreadable)
        {
            throw exchange.Unreadable(unreadable);
        }
    }
}
