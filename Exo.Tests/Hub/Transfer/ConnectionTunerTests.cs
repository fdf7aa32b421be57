using Exo.Hub.Transfer;

namespace Exo.Tests.Hub.Transfer;

/// <summary>The tuner on lines that are modelled: so many bytes a second a connection, and no more than so many in all.</summary>
public sealed class ConnectionTunerTests
{
    private readonly ManualTime _time = new();
    private long _received;
    private CoreTimes _cores;

    [Fact]
    public void Line_ThatCapsEachConnection_GetsAll()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        Run(tuner, TimeSpan.FromSeconds(6), allowed => allowed * 20_000_000L);
        Assert.Equal(64, tuner.Allowed);
    }

    [Fact]
    public void Line_ThatIsFull_GetsNoMore()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        var most = Run(tuner, TimeSpan.FromSeconds(60), allowed => Math.Min(allowed * 20_000_000L, 12_500_000));
        Assert.Equal((8, 16), (tuner.Allowed, most));
    }

    [Fact]
    public void Line_FullInBetween_GetsWhatHelps()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        Run(tuner, TimeSpan.FromSeconds(10), allowed => Math.Min(allowed * 20_000_000L, 300_000_000));
        Assert.Equal(16, tuner.Allowed);
    }

    [Fact]
    public void Line_ThatWidensLater_IsTriedAgain()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        Run(tuner, TimeSpan.FromSeconds(10), allowed => 50_000_000);
        Run(tuner, TimeSpan.FromSeconds(40), allowed => allowed * 20_000_000L);
        Assert.Equal(64, tuner.Allowed);
    }

    [Fact]
    public void Server_ThatRefuses_IsAskedLessOncePerRefusal()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        Run(tuner, TimeSpan.FromSeconds(6), allowed => allowed * 20_000_000L);
        for (var connection = 0; connection < 64; connection++) tuner.Refused();
        Assert.Equal(32, tuner.Allowed);
        Run(tuner, TimeSpan.FromSeconds(10), allowed => allowed * 20_000_000L);
        Assert.Equal(32, tuner.Allowed);
    }

    [Fact]
    public void Server_ThatRefusesForEver_KeepsOneConnection()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        for (var i = 0; i < 20; i++)
        {
            tuner.Refused();
            _time.Advance(TimeSpan.FromSeconds(5));
        }
        Assert.Equal(1, tuner.Allowed);
    }

    [Fact]
    public void Server_ThatRefusesNowAndThen_KeepsItsConnections()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        for (var answer = 1; answer <= 2000; answer++)
        {
            if (answer % 50 == 0) tuner.Refused();
            else tuner.Served();
            if (answer % 10 == 0) Run(tuner, TimeSpan.FromMilliseconds(250), allowed => allowed * 20_000_000L);
        }

        Assert.Equal(64, tuner.Allowed);
    }

    [Fact]
    public void Server_ThatRefusesAThird_IsAskedLess()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        Run(tuner, TimeSpan.FromSeconds(6), allowed => allowed * 20_000_000L);
        for (var answer = 1; answer <= 60; answer++)
        {
            if (answer % 3 == 0) tuner.Refused();
            else tuner.Served();
            if (answer % 10 == 0) Run(tuner, TimeSpan.FromSeconds(1), allowed => allowed * 20_000_000L);
        }

        Assert.InRange(tuner.Allowed, 1, 16);
    }

    [Fact]
    public void Number_ThatWasAskedFor_IsKept()
    {
        var tuner = new ConnectionTuner(16, 16, 0, _time);
        Run(tuner, TimeSpan.FromSeconds(30), allowed => allowed * 20_000_000L);
        for (var i = 0; i < 20; i++) tuner.Refused();
        Assert.Equal(16, tuner.Allowed);
    }

    [Fact]
    public void Connections_ThatHaveNothingToDo_SayNothing()
    {
        var tuner = new ConnectionTuner(8, 64, 0, _time);
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            Assert.False(tuner.Observe(_received += 1_000_000 * i, working: 3));
        }
    }

    [Fact]
    public void Cores_ThatOthersNeed_AreLeftToThem()
    {
        var tuner = new ConnectionTuner(8, 64, 0.25, _time);
        // Eighty of a hundred, and twenty free besides: nothing for more than the first few.
        var most = Run(tuner, TimeSpan.FromSeconds(60), allowed => allowed * 20_000_000L, others: 80);
        Assert.Equal((8, 8), (tuner.Allowed, most));
    }

    [Fact]
    public void Cores_ThatNobodyElseNeeds_AreTaken()
    {
        var tuner = new ConnectionTuner(8, 64, 0.25, _time);
        Run(tuner, TimeSpan.FromSeconds(10), allowed => allowed * 20_000_000L, others: 1);
        Assert.Equal(64, tuner.Allowed);
    }

    [Fact]
    public void Cores_ThatOthersComeToNeed_AreGivenUp_AndTakenAgainLater()
    {
        var tuner = new ConnectionTuner(8, 64, 0.25, _time);
        Run(tuner, TimeSpan.FromSeconds(10), allowed => allowed * 20_000_000L, others: 1);
        Run(tuner, TimeSpan.FromSeconds(12), allowed => allowed * 20_000_000L, others: 60);
        // Sixty and a quarter of that: 25 are left.
        Assert.InRange(tuner.Allowed, 18, 25);
        Run(tuner, TimeSpan.FromSeconds(25), allowed => allowed * 20_000_000L, others: 1);
        Assert.Equal(64, tuner.Allowed);
    }

    [Fact]
    public void Cores_AndALineThatIsFull_DontGrowPastEither()
    {
        var tuner = new ConnectionTuner(8, 64, 0.25, _time);
        Run(tuner, TimeSpan.FromSeconds(60), allowed => Math.Min(allowed * 20_000_000L, 300_000_000), others: 20);
        Assert.Equal(16, tuner.Allowed);
    }

    [Fact]
    public void Number_ThatWasAskedFor_IsKeptOnFullCores()
    {
        var tuner = new ConnectionTuner(16, 16, 0.25, _time);
        Run(tuner, TimeSpan.FromSeconds(30), allowed => allowed * 20_000_000L, others: 100);
        Assert.Equal(16, tuner.Allowed);
    }

    /// <summary>Lets time pass; gives the most connections that were ever allowed.</summary>
    /// <param name="tuner">Who is told.</param>
    /// <param name="span">How long.</param>
    /// <param name="bytesPerSecond">Of so many connections together.</param>
    /// <param name="others">Cores that others are busy on, of a hundred; each connection takes one more. Null: nobody knows.</param>
    private int Run(ConnectionTuner tuner, TimeSpan span, Func<int, long> bytesPerSecond, double? others = null)
    {
        const double Cores = 100, Step = 0.25;
        var most = tuner.Allowed;
        for (var step = 0; step < span.TotalSeconds / Step; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(Step));
            _received += (long)(bytesPerSecond(tuner.Allowed) * Step);
            if (others is { } theirs)
            {
                var own = Math.Min(tuner.Allowed, Cores - theirs);
                _cores = new CoreTimes(_cores.Total + Cores * Step, _cores.Idle + (Cores - theirs - own) * Step, _cores.Own + own * Step);
            }

            tuner.Observe(_received, tuner.Allowed, others is null ? null : _cores);
            most = Math.Max(most, tuner.Allowed);
        }
        return most;
    }
}
