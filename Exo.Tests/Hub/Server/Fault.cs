namespace Exo.Tests.Hub.Server;

/// <summary>What can go wrong with one answer.</summary>
internal enum Fault
{
    None,

    /// <summary>200 with the whole file where a range was asked.</summary>
    WholeBody,

    /// <summary>416 to a range that lies inside the file.</summary>
    RangeRefused,

    /// <summary>Another ETag, and the bytes of another file: the file was replaced midway.</summary>
    ChangedETag,

    /// <summary>The right Content-Length, then the connection closes early.</summary>
    ShortBody,

    /// <summary>More bytes than were asked, with a length that admits it or with none.</summary>
    LongBody,

    /// <summary>Content-Encoding: gzip where none was accepted.</summary>
    UnaskedGzip,

    /// <summary>Headers and some bytes, then nothing until the client gives up.</summary>
    Stall,

    /// <summary>Not even headers until the client gives up.</summary>
    Silence,

    /// <summary>A reset (RST) in the middle of the body, or before it.</summary>
    Reset,

    ServerError,
    BadGateway,
    Unavailable,

    /// <summary>429 with Retry-After and RateLimit.</summary>
    TooManyRequests,

    /// <summary>403 from the CDN: the signed address is no longer good.</summary>
    ExpiredSignature,

    /// <summary>206 whose Content-Range (and bytes) begin elsewhere than asked.</summary>
    WrongContentRange,

    /// <summary>200 text/html, as captive portals and maintenance pages do.</summary>
    HtmlPage,

    /// <summary>One bit flipped.</summary>
    Corrupt,

    /// <summary>Redirects to the same address.</summary>
    RedirectLoop,

    /// <summary>A byte now and then for a while: never a stall, never done.</summary>
    Trickle,
}

/// <summary>Which kind of request a fault may strike.</summary>
[Flags]
internal enum FaultScope
{
    /// <summary>Model facts and tree.</summary>
    Api = 1,

    /// <summary>The resolve address, where it redirects.</summary>
    Resolve = 2,

    /// <summary>A file's bytes, from the hub or the CDN.</summary>
    Content = 4,

    All = Api | Resolve | Content,
}

internal static class FaultExtensions
{
    /// <summary>The kinds of request on which this fault means anything.</summary>
    public static FaultScope Scope(this Fault fault) => fault switch
    {
        Fault.WholeBody or Fault.RangeRefused or Fault.ChangedETag or Fault.LongBody or Fault.WrongContentRange
            or Fault.ExpiredSignature or Fault.Corrupt or Fault.Trickle => FaultScope.Content,
        Fault.ShortBody or Fault.UnaskedGzip or Fault.Stall => FaultScope.Content | FaultScope.Api,
        Fault.RedirectLoop => FaultScope.Resolve,
        _ => FaultScope.All,
    };
}
