using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Exo.Tests.Hub.Server;

/// <summary>One request being answered, and its entry in the ledger.</summary>
internal sealed class HubExchange
{
    private readonly HubLedger _ledger;

    public HubExchange(HttpContext context, string cdn, HubLedger ledger)
    {
        _ledger = ledger;
        Http = context;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith("http://", StringComparison.Ordinal)) target = target[target.IndexOf('/', "http://".Length)..]; // As a proxy is asked.
        var question = target.IndexOf('?');
        Path = question < 0 ? target : target[..question];
        Query = QueryHelpers.ParseQuery(question < 0 ? "" : target[question..]);
        Record = new HubRequest
        {
            Method = context.Request.Method,
            Target = target,
            IsCdn = IsAt(context.Connection, new Uri(cdn)),
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Connection = context.Connection.Id,
        };
        ledger.Add(Record);
    }

    public HttpContext Http { get; }

    public HubRequest Record { get; }

    /// <summary>Escaped, without the query.</summary>
    public string Path { get; }

    public Dictionary<string, StringValues> Query { get; }

    public bool IsHead => HttpMethods.IsHead(Http.Request.Method);

    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>The bearer token, or null.</summary>
    public string? Token => Record.Header("Authorization") is { Length: > 7 } text && text.StartsWith("Bearer ", StringComparison.Ordinal) ? text[7..] : null;

    public string? QueryValue(string name) => Query.TryGetValue(name, out var value) ? value.ToString() : null;

    public void Header(string name, string value) => Http.Response.Headers[name] = value;

    /// <summary>Notes what goes wrong with this request.</summary>
    public void Struck(Fault fault)
    {
        Record.Fault = fault;
        _ledger.Look();
    }

    /// <summary>Sets the status, in the ledger too.</summary>
    public void Status(int status) => Http.Response.StatusCode = Record.Status = status;

    /// <summary>Resets the connection (RST): what was written and not yet taken is lost.</summary>
    public void Cut()
    {
        if (Http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.LingerState = new System.Net.Sockets.LingerOption(true, 0);
            socket.Close();
        }
        Http.Abort();
    }

    /// <summary>A short text answer that no fault touches.</summary>
    public Task TextAsync(int status, string contentType, string text)
    {
        Status(status);
        Http.Response.ContentType = contentType;
        Http.Response.ContentLength = System.Text.Encoding.UTF8.GetByteCount(text);
        return IsHead ? Task.CompletedTask : Http.Response.WriteAsync(text, Aborted);
    }

    /// <summary>Two loopback addresses may well have the same port.</summary>
    private static bool IsAt(ConnectionInfo connection, Uri address) =>
        connection.LocalPort == address.Port && System.Net.IPAddress.Parse(address.Host).Equals(connection.LocalIpAddress);
}
