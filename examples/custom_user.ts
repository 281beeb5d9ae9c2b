/**
 * A custom user model (`AUTH_USER_MODEL`): the type of `user` follows from the columns. For this model:
 *
 *     class Member(AbstractBaseUser):
 *         id = models.UUIDField(primary_key=True, default=uuid.uuid4)
 *         email = models.EmailField(unique=True)
 *         display_name = models.CharField(max_length=100)
 *         birthday = models.DateTimeField(null=True)
 *         is_active = models.BooleanField(default=True)
 *         USERNAME_FIELD = "email"
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/custom_user.ts
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno serve -A examples/custom_user.ts
 */

import process from "node:process";
import { djangoAuth, userTable } from "djauth";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
  users: userTable({
    table: "members_member",
    usernameField: "email",
    columns: {
      id: "uuid",
      email: "text",
      display_name: "text",
      birthday: "timestamp?",
      is_active: "boolean",
    },
  }),
});

const hello = auth.userRequired(async (request, context, user) => {
  // `user.birthday` is a Date or null; a column that is not listed is a compile-time error.
  const year = user.birthday?.getUTCFullYear() ?? null;
  if (request.method === "POST") {
    await context.requireCsrf();
    user.display_name = String((await context.formData()).get("display_name") ?? "");
    await user.save(["display_name"]); // writes only this column
  }
  return Response.json({ id: user.id, name: user.display_name, year });
});

// Bun and Deno both serve the default export of the main module.
export default {
  fetch: (request: Request): Promise<Response> => auth.handle(request, hello),
};
