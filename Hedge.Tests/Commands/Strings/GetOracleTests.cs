using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

[TestFixture]
[Category("diff")]
public sealed class GetOracleTests : OracleFixture
{
    [Test]
    public void Replies_are_those_of_redis() => Same("GET a", "GET", "GET a b", "get \"\"");
}
