using System.Collections.Concurrent;

namespace Exo.Tests.Hub.Server;

/// <summary>A request as the plan sees it.</summary>
/// <param name="Path">The file's path in its repository, or the API address.</param>
/// <param name="Start">The first byte asked, 0 without a range.</param>
/// <param name="IsRange">Less than the whole was asked.</param>
/// <param name="IsSigned">The address is the CDN's.</param>
internal sealed record FaultOccasion(FaultScope Scope, string Method, string Path, long Start, bool IsRange, bool IsSigned);

/// <summary>Decides which answers go wrong, repeatably: by what is asked and how often, never by when. Thread-safe.</summary>
internal abstract class FaultPlan
{
    public static FaultPlan None { get; } = new CountedFaults(Fault.None, 0, 0, 0, null);

    /// <summary>Strikes the first <paramref name="times"/> requests that it may strike, and no more.</summary>
    public static FaultPlan Times(int times, Fault fault, FaultScope scope = FaultScope.All, string? path = null) =>
        new CountedFaults(fault, 0, times, scope, path);

    /// <summary>Strikes one request: the one after <paramref name="good"/> that it might have struck.</summary>
    public static FaultPlan Nth(int good, Fault fault, FaultScope scope = FaultScope.All, string? path = null) => new CountedFaults(fault, good, 1, scope, path);

    /// <summary>Lets the first <paramref name="good"/> requests that it may strike pass, and strikes all others.</summary>
    public static FaultPlan After(int good, Fault fault, FaultScope scope = FaultScope.All, string? path = null) =>
        new CountedFaults(fault, good, int.MaxValue, scope, path);

    public static FaultPlan Once(Fault fault, FaultScope scope = FaultScope.All, string? path = null) => Times(1, fault, scope, path);

    public static FaultPlan Always(Fault fault, FaultScope scope = FaultScope.All, string? path = null) => Times(int.MaxValue, fault, scope, path);

    /// <summary>
    /// Strikes each request with <paramref name="probability"/> by one of <paramref name="faults"/> (all of them when none is named),
    /// at most three times in a row for the same bytes, so that whoever goes on asking gets there.
    /// </summary>
    public static FaultPlan Random(ulong seed, double probability, params Fault[] faults) =>
        new RandomFaults(seed, probability, faults.Length > 0 ? faults : [.. Enum.GetValues<Fault>().Where(fault => fault != Fault.None)]);

    /// <summary>The first plan that strikes wins.</summary>
    public static FaultPlan FirstOf(params FaultPlan[] plans) => new FirstFault(plans);

    /// <summary>The fault for this request; counts it.</summary>
    public abstract Fault Choose(FaultOccasion occasion);

    /// <summary>Whether the fault can be told apart from a good answer on this request.</summary>
    private static bool Fits(Fault fault, FaultOccasion occasion) => fault.Scope().HasFlag(occasion.Scope) && fault switch
    {
        Fault.WholeBody or Fault.RangeRefused or Fault.WrongContentRange => occasion.IsRange,
        Fault.ExpiredSignature => occasion.IsSigned,
        _ => true,
    } && (occasion.Method == "GET" || fault is not (Fault.ShortBody or Fault.LongBody or Fault.Stall or Fault.Corrupt or Fault.Trickle or Fault.UnaskedGzip));

    private sealed class CountedFaults(Fault fault, int skip, int times, FaultScope scope, string? path) : FaultPlan
    {
        private long _asked;

        public override Fault Choose(FaultOccasion occasion) =>
            scope.HasFlag(occasion.Scope) && (path is null || path == occasion.Path) && Fits(fault, occasion) && Strike() ? fault : Fault.None;

        private bool Strike() => Interlocked.Increment(ref _asked) - skip is > 0 and var nth && nth <= times;
    }

    private sealed class RandomFaults(ulong seed, double probability, Fault[] faults) : FaultPlan
    {
        private const int MostInARow = 3;

        private readonly ConcurrentDictionary<string, (int Asked, int Row)> _history = new();

        public override Fault Choose(FaultOccasion occasion)
        {
            var fitting = faults.Where(fault => Fits(fault, occasion)).ToArray();
            var key = $"{occasion.Scope} {occasion.Method} {occasion.Path} {occasion.Start}";
            var chosen = Fault.None;
            _history.AddOrUpdate(key, _ => Next((0, 0)), (_, past) => Next(past));
            return chosen;

            (int, int) Next((int Asked, int Row) past)
            {
                var hash = Scramble.Mix(seed ^ Scramble.Of(key), (ulong)past.Asked);
                var strikes = fitting.Length > 0 && past.Row < MostInARow && Scramble.Chance(hash) < probability;
                chosen = strikes ? fitting[(int)(Scramble.Mix(hash, 1) % (ulong)fitting.Length)] : Fault.None;
                return (past.Asked + 1, strikes ? past.Row + 1 : 0);
            }
        }
    }

    private sealed class FirstFault(FaultPlan[] plans) : FaultPlan
    {
        public override Fault Choose(FaultOccasion occasion) =>
            plans.Select(plan => plan.Choose(occasion)).FirstOrDefault(fault => fault != Fault.None);
    }
}
