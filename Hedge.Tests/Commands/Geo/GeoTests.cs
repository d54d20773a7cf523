using System.Text;
using Hedge.Host.Commands.Geo;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Geo;

/// <summary>Scores, geohashes and distances are those that redis-server 7.0.15 gave.</summary>
[TestFixture]
[Category("fast")]
public sealed class GeoTests
{
    [TestCase(13.361389, 38.115556, 3479099956230698, "sqc8b49rny0")]
    [TestCase(15.087269, 37.502669, 3479447370796909, "sqdtr74hyu0")]
    [TestCase(180, 85.05112878, 13510798882111488, "bp05b5048p0")]
    [TestCase(-180, -85.05112878, 0, "00bh0hbj200")]
    [TestCase(0, 0, 3377699720527872, "s0000000000")]
    [TestCase(179.999999, -85.05, 3002399751663611, "pbzupvpgzf0")]
    public void A_place_has_the_score_and_the_geohash_that_redis_gives_it(double longitude, double latitude,
        long score, string text)
    {
        GeoCell cell = GeoCell.Of(new(longitude, latitude));
        Assert.That(cell.FirstScore, Is.EqualTo((double)score));
        Assert.That(GeoCell.OfScore(score), Is.EqualTo(cell));
        Assert.That(Encoding.ASCII.GetString(GeoCell.Text(cell.Middle)), Is.EqualTo(text));
    }

    [TestCase(3479099956230698, 3479447370796909, 166274.1516)]
    [TestCase(13510798882111488, 0, 18919844.5891)]
    [TestCase(3002399751663611, 0, 125.4578)]
    public void Two_scores_have_the_distance_that_redis_gives_them(long one, long other, double meters)
    {
        double distance = GeoCell.OfScore(one).Middle.DistanceTo(GeoCell.OfScore(other).Middle);
        Assert.That(distance, Is.EqualTo(meters).Within(0.00006));
    }

    [TestCase(double.PositiveInfinity, 0UL)]
    [TestCase(double.NegativeInfinity, 1UL << 63)]
    [TestCase(9223372036854775808.0, 1UL << 63)]
    [TestCase(-1, ulong.MaxValue)]
    [TestCase(1.5, 1UL)]
    public void A_score_that_is_no_cells_number_becomes_what_redis_makes_of_it(double score, ulong number) =>
        Assert.That(GeoCell.OfScore(score).Number, Is.EqualTo(number));

    [Test]
    public void Neighbors_touch_and_lead_back()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 10_000; round++)
        {
            int steps = random.Next(1, GeoCell.StepsMax + 1);
            GeoPosition place = new((random.NextDouble() * 360) - 180, (random.NextDouble() * 170) - 85);
            GeoCell cell = GeoCell.Of(place, steps);
            for (int i = 0; i < 9; i++)
            {
                (int east, int north) = ((i / 3) - 1, (i % 3) - 1);
                Assert.That(cell.Neighbor(east, north).Neighbor(-east, -north), Is.EqualTo(cell));
            }

            GeoBounds here = cell.Bounds;
            double west = here.East < 180 ? here.East : -180;
            Assert.That(cell.Neighbor(1, 0).Bounds.West, Is.EqualTo(west).Within(1e-9));
            if (here.North < GeoPosition.LatitudeMax)
                Assert.That(cell.Neighbor(0, 1).Bounds.South, Is.EqualTo(here.North).Within(1e-9));
        }
    }

    [Test]
    public void Every_place_of_a_shape_is_in_one_of_its_cells_but_beyond_the_date_line()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int inside = 0;
        for (int round = 0; round < 20_000; round++)
        {
            GeoPosition center = new((random.NextDouble() * 300) - 150, (random.NextDouble() * 130) - 65);
            double radius = Math.Pow(10, random.NextDouble() * 6);
            var shape = new GeoShape(center, radius, radius, random.Next(2) == 0, 1);
            GeoPosition place = new(
                Math.Clamp(center.Longitude + ((random.NextDouble() - 0.5) * radius / 50_000), -180, 180),
                Math.Clamp(center.Latitude + ((random.NextDouble() - 0.5) * radius / 50_000), -85, 85));
            if (!shape.Contains(place, out _)) continue;
            inside++;
            double score = GeoCell.Of(place).FirstScore;
            bool isCovered = shape.Cells().Any(c => c.FirstScore <= score && score < c.EndScore);
            Assert.That(isCovered, $"{center}, {radius} m, {place}");
        }

        Assert.That(inside, Is.GreaterThan(2000));
    }
}
