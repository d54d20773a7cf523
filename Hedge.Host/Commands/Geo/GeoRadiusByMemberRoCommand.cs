using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Geo;

internal sealed class GeoRadiusByMemberRoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GEORADIUSBYMEMBER_RO", -5,
        CommandFlags.ReadOnly,
        AclCategory.Geo,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax =
            "key member radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count " +
            "[ANY]] [ASC | DESC]",
        Arguments =
            "key member radius:double unit m km ft mi withcoord withdist withhash count count any " +
            "order asc desc",
        Since = "3.2.10",
        Group = "geo",
        Complexity =
            "O(N+log(M)) where N is the number of elements inside the bounding box of the circular " +
            "area delimited by center and radius and M is the number of items inside the index.",
        Summary = "A read-only variant for GEORADIUSBYMEMBER",
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    };

    public static void Execute(CommandContext context) =>
        GeoSearch.Run(context, GeoCommand.RadiusByMemberReadOnly);
}
