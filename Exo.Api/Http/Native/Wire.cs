namespace Exo.Api.Http.Native;

/// <summary>What both ends of the way between two Exos must agree on.</summary>
internal static class Wire
{
    /// <summary>The header that carries the version; both sides send it.</summary>
    public const string VersionHeader = "Exo-Protocol";

    /// <summary>Raised when the messages change so that an older Exo would misread them.</summary>
    public const string Version = "1";

    public const string List = "/exo/list";
    public const string Show = "/exo/show";
    public const string Plan = "/exo/plan";
    public const string Pull = "/exo/pull";
    public const string Control = "/exo/pull/control";
    public const string Verify = "/exo/verify";
    public const string Remove = "/exo/remove";
    public const string Tokenize = "/exo/tokenize";
    public const string Load = "/exo/load";
    public const string Unload = "/exo/unload";
    public const string Loaded = "/exo/loaded";
    public const string Answer = "/exo/answer";
    public const string Place = "/exo/place";
    public const string State = "/exo/state";
    public const string Events = "/exo/events";
}
