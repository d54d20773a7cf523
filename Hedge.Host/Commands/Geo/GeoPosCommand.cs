using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoPosCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEOPOS", -2,
        CommandFlags.ReadOnly,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key member [member ...]",
        Since = "3.2.0",
        Group = "geo",
        Complexity = "O(N) where N is the number of members requested.",
        Summary = "Returns longitude and latitude of members of a geospatial index",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        context.Reply.ArrayHeader(context.ArgumentCount - 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            // After a miss the reply does not matter any more, but the other members are asked for too.
            bool isRead = set.TryFind(context.Argument(i), out bool isThere, out double score);
            if (isRead && isThere) GeoReply.Position(context, score);
            else context.Reply.NullArray();
        }
    }
}
