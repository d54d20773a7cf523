using System.Globalization;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Damages;

namespace Hedge.Host.Cores;

/// <summary>Writes into the server's log what has been found damaged: a line for each place, some of them a
/// minute, then how many more there are. For the first core.</summary>
internal sealed class DamageNews(CoreTurn turn, Server server, DamageRegister damages)
{
    /// <summary>Places that are told one by one in a minute.</summary>
    public const int LinesPerMinute = 10;

    private const long MinuteMicroseconds = 60_000_000;

    private const string Advice = "Make a backup now; docs/check.md says how to find out what is lost";

    private long _minute = -1;
    private int _lines;
    private long _silent;

    /// <summary>Tells what is new.</summary>
    public void Tell()
    {
        long minute = turn.NowMicroseconds / MinuteMicroseconds;
        if (minute != _minute)
        {
            (_minute, _lines) = (minute, 0);
            if (_silent > 0) TellSilent();
        }

        while (damages.TryTakeNews(out Damage? damage, out bool isOver))
        {
            if (_lines++ >= LinesPerMinute) _silent++;
            else if (isOver) server.Log(LogLevel.Notice, DescribeEnd(damage));
            else server.Log(LogLevel.Warning, Describe(damage));
        }
    }

    /// <summary>What a place means, as a sentence or two.</summary>
    public static string Describe(Damage damage) => damage.Kind switch
    {
        DamageKind.Block => string.Create(CultureInfo.InvariantCulture,
            $"Damage: the block at {damage.Offset} of {damage.Path} is not as it was written. Keys that "
            + $"need it answer an error, all others are served, and the file is not merged. {Advice}"),
        DamageKind.Value => string.Create(CultureInfo.InvariantCulture,
            $"Damage: the value at {damage.Offset} of {damage.Path} is not as it was written. Its key "
            + $"answers an error, all others are served. {Advice}"),
        DamageKind.Missing when damage.IsBeingMended =>
            $"Damage: {damage.Path} is not in its directory any more. It is still open, so nothing is lost "
            + "yet, and what it holds is being written anew. Do not stop the server before the log says that "
            + "this is done, and make a backup now",
        DamageKind.Missing =>
            $"Damage: {damage.Path} is not in its directory any more. All that is open is still served, but "
            + "the next start will be refused. Do not stop the server: put it back, or make a backup now",
        _ => $"Damage: the disk cannot read a part of {damage.Path} (Input/output error). Keys that need it "
            + $"answer an error, all others are served. {Advice}",
    };

    private static string DescribeEnd(Damage damage) => damage.Kind == DamageKind.Missing
        ? $"{damage.Path}, which was missing, is there again, or is not needed any more"
        : $"{damage.Path}, which is damaged, is not in use any more";

    private void TellSilent()
    {
        server.Log(LogLevel.Warning, string.Create(CultureInfo.InvariantCulture,
            $"Damage: {_silent} further places were found. INFO storage and /metrics have their numbers"));
        _silent = 0;
    }
}
