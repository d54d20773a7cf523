using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoDistCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEODIST", -4,
        CommandFlags.ReadOnly,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key member1 member2 [M | KM | FT | MI]",
        Arguments = "key member1 member2 unit m km ft mi",
        Since = "3.2.0",
        Group = "geo",
        Complexity = "O(log(N))",
        Summary = "Returns the distance between two members of a geospatial index",
    };

    public static void Execute(CommandContext context)
    {
        double unit = 1;
        if (context.ArgumentCount > 5)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (context.ArgumentCount == 5 && !GeoUnit.TryRead(context, 4, out unit)) return;
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        bool isRead = set.TryFind(context.Argument(2), out bool isOne, out double one);
        isRead &= set.TryFind(context.Argument(3), out bool isOther, out double other);
        if (!isRead) return;
        if (isOne && isOther)
        {
            double meters = GeoCell.OfScore(one).Middle.DistanceTo(GeoCell.OfScore(other).Middle);
            GeoUnit.ReplyDistance(context, meters / unit);
        }
        else
        {
            context.Reply.Null();
        }
    }
}
