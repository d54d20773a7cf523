using Hedge.Host.Commands.SortedSets;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoAddCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEOADD", -5,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
        Arguments =
            "key condition@6.2.0 nx xx change@6.2.0 longitude_latitude_member longitude:double " +
            "latitude:double member",
        Since = "3.2.0",
        Group = "geo",
        Complexity = "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        Summary = "Add one or more geospatial items in the geospatial index represented using a sorted set",
        History =
        [
            ("6.2.0", "Added the `CH`, `NX` and `XX` options."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        const int words = 3;
        ScoreOptions options = ScoreOptions.None;
        int first = 2;
        for (; first < context.ArgumentCount; first++)
        {
            if (context.Is(first, "NX"u8)) options |= ScoreOptions.OnlyNew;
            else if (context.Is(first, "XX"u8)) options |= ScoreOptions.OnlyOld;
            else if (context.Is(first, "CH"u8)) options |= ScoreOptions.CountsChanges;
            else break;
        }

        int left = context.ArgumentCount - first;
        if (left == 0 || left % words != 0 || options.HasFlag(ScoreOptions.OnlyNew | ScoreOptions.OnlyOld))
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        double[] scores = new double[left / words];
        for (int i = 0; i < scores.Length; i++)
        {
            if (!GeoReply.TryRead(context, first + (words * i), out GeoPosition position)) return;
            scores[i] = GeoCell.Of(position).FirstScore;
        }

        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        ScoreChanges changes = new(context, set, options, first + 2, scores, words);
        if (changes.TryPrepare()) changes.Make();
    }
}
